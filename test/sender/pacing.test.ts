import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantArrivals } from "../../src/plan/arrivals/constant.ts";
import { paceThread, type Pacer } from "../../src/sender/pacing.ts";

const threads = fc.integer({ min: 1, max: 16 });
const ratePps = fc.oneof(fc.integer({ min: 1, max: 2_000_000 }), fc.double({ min: 0.01, max: 5_000, noNaN: true }));
const crew = (rate: number, count: number): Pacer[] =>
  Array.from({ length: count }, (_, thread) => paceThread(constantArrivals(rate), { thread, threads: count }));
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

describe("a constant rate", () => {
  it("splits what is due without a remainder, at any time", () => {
    fc.assert(fc.property(ratePps, threads, fc.nat(3_600_000_000_000), (rate, count, elapsedNs) => {
      const alone = paceThread(constantArrivals(rate), { thread: 0, threads: 1 }).dueBy(elapsedNs);
      const shares = crew(rate, count).map((pacer) => pacer.dueBy(elapsedNs));
      expect(sum(shares)).toBe(alone);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }), { numRuns: 1000 });
  });

  it.each([
    { rate: 1000, elapsedNs: 0, due: 1 },
    { rate: 1000, elapsedNs: 999_999, due: 1 },
    { rate: 1000, elapsedNs: 1_000_000, due: 2 },
    { rate: 1000, elapsedNs: 999_999_999, due: 1000 },
    { rate: 3, elapsedNs: 1e9 - 1, due: 3 },
    { rate: 0.5, elapsedNs: 1.999e9, due: 1 },
    { rate: 0.5, elapsedNs: 2e9, due: 2 },
    { rate: 2_000_000, elapsedNs: 3_600e9 - 1, due: 7_200_000_000 },
    { rate: 1000, elapsedNs: -1, due: 0 },
    { rate: 1000, elapsedNs: -5e9, due: 0 },
  ])("has $due due at $rate/s after $elapsedNs ns", ({ rate, elapsedNs, due }) => {
    for (const count of [1, 2, 3, 7]) expect(sum(crew(rate, count).map((pacer) => pacer.dueBy(elapsedNs)))).toBe(due);
  });

  it("never takes back what was due", () => {
    fc.assert(fc.property(ratePps, threads, fc.nat(1e9), fc.nat(1e9), (rate, count, fromNs, laterNs) => {
      for (const pacer of crew(rate, count)) expect(pacer.dueBy(fromNs + laterNs)).toBeGreaterThanOrEqual(pacer.dueBy(fromNs));
    }));
  });

  it("has a query due from its intended time on, and not before", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2_000_000 }), threads, fc.nat(100_000), (rate, count, index) => {
      for (const pacer of crew(rate, count)) {
        const atNs = pacer.intendedNs(index);
        expect(pacer.dueBy(Math.ceil(atNs) + 1)).toBeGreaterThan(index);
        expect(pacer.dueBy(Math.floor(atNs) - 1)).toBeLessThanOrEqual(index);
      }
    }));
  });

  it("deals the schedule of the whole load out among the threads", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100_000 }), threads, (rate, count) => {
      const pacers = crew(rate, count);
      for (let i = 0; i < 40; i++) expect(pacers[i % count]?.intendedNs(Math.floor(i / count))).toBe((i * 1e9) / rate);
    }));
  });
});
