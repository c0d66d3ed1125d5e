import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Arrivals } from "../../../src/plan/arrivals/arrivals.ts";
import { arrivalsOf, meanArrivalsOf, type Rate } from "../../../src/plan/arrivals/rate.ts";
import type { Shape } from "../../../src/scenario/shape.ts";
import { peakRate } from "../../../src/scenario/shape.ts";
import { paceThread } from "../../../src/sender/pacing.ts";

const S = 1e9;
const pps = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0.1, max: 5_000, noNaN: true }));
const ppsOrNothing = fc.oneof({ weight: 4, arbitrary: pps }, { weight: 1, arbitrary: fc.constant(0) });
const ms = fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.double({ min: 0.5, max: 3_000, noNaN: true }));
const aStep = fc.record({ ratePps: ppsOrNothing, forMs: ms });

const shape: fc.Arbitrary<Shape> = fc.oneof(
  fc.record({ kind: fc.constant("ramp" as const), fromPps: ppsOrNothing, toPps: pps, overMs: ms, curve: fc.constant("linear" as const) }),
  fc.record({ kind: fc.constant("ramp" as const), fromPps: pps, toPps: ppsOrNothing, overMs: ms, curve: fc.constant("linear" as const) }),
  fc.record({ kind: fc.constant("ramp" as const), fromPps: pps, toPps: pps, overMs: ms, curve: fc.constant("exponential" as const) }),
  fc.record({ first: fc.array(aStep, { maxLength: 5 }), last: fc.record({ ratePps: pps, forMs: ms }), after: fc.array(aStep, { maxLength: 2 }) })
    .map(({ first, last, after }) => ({ kind: "steps" as const, steps: [...first, last, ...after] })),
  fc.record({ basePps: ppsOrNothing, more: pps, restMs: ms, forMs: ms })
    .map(({ basePps, more, restMs, forMs }) => ({ kind: "burst" as const, basePps, peakPps: basePps + more, everyMs: restMs + forMs, forMs })),
  fc.record({ kind: fc.constant("on-off" as const), ratePps: pps, onMs: ms, offMs: ms }),
  fc.record({ kind: fc.constant("poisson" as const), ratePps: pps, seed: fc.nat(2 ** 32 - 1) }),
  fc.record({ peak: pps, points: fc.array(fc.record({ gapMs: fc.oneof(ms, fc.constant(0)), ratePps: ppsOrNothing }), { minLength: 1, maxLength: 8 }) })
    .map(({ peak, points }) => {
      let atMs = 0;
      return { kind: "replay" as const, points: [{ atMs, ratePps: peak }, ...points.map(({ gapMs, ratePps }) => ({ atMs: (atMs += gapMs), ratePps })), { atMs: atMs + 1, ratePps: 0 }] };
    }),
);
const rate: fc.Arbitrary<Rate> = fc.oneof(
  { weight: 1, arbitrary: pps.map((ratePps) => ({ ratePps, shape: null })) },
  { weight: 6, arbitrary: shape.map((of) => ({ ratePps: peakRate(of), shape: of })) },
);
const elapsedNs = fc.oneof(fc.integer({ min: -1_000, max: 5_000_000_000 }), fc.double({ min: 0, max: 4e9, noNaN: true }));

const of = (given: Shape): Arrivals => arrivalsOf({ ratePps: peakRate(given), shape: given });

describe("the arrivals of every rate", () => {
  it("never take back what was due, and never bring a query forward", () => {
    fc.assert(fc.property(rate, elapsedNs, fc.nat(2_000_000_000), fc.nat(50_000), fc.nat(100), (given, fromNs, laterNs, index, further) => {
      const arrivals = arrivalsOf(given);
      expect(arrivals.countBy(fromNs + laterNs)).toBeGreaterThanOrEqual(arrivals.countBy(fromNs));
      expect(arrivals.atNs(index + further)).toBeGreaterThanOrEqual(arrivals.atNs(index));
    }), { numRuns: 1_000 });
  });

  it("have exactly those queries due whose time has come", () => {
    fc.assert(fc.property(rate, elapsedNs, (given, atNs) => {
      const arrivals = arrivalsOf(given);
      const count = arrivals.countBy(atNs);
      if (count > 0) expect(arrivals.atNs(count - 1)).toBeLessThanOrEqual(atNs);
      expect(arrivals.atNs(count)).toBeGreaterThan(atNs);
    }), { numRuns: 2_000 });
  });

  it("count a query at its own time, and not before", () => {
    fc.assert(fc.property(rate, fc.nat(20_000), (given, index) => {
      const arrivals = arrivalsOf(given);
      const atNs = arrivals.atNs(index);
      // No load is longer.
      if (atNs > 3600 * S) return;
      expect(arrivals.countBy(atNs)).toBeGreaterThan(index);
      expect(arrivals.countBy(atNs - 1)).toBeLessThanOrEqual(index);
    }), { numRuns: 1_000 });
  });

  it("are dealt out among the threads without a remainder, in the same order whatever their number", () => {
    fc.assert(fc.property(rate, elapsedNs, fc.integer({ min: 1, max: 16 }), (given, atNs, threads) => {
      const whole = arrivalsOf(given);
      const pacers = Array.from({ length: threads }, (_, thread) => paceThread(arrivalsOf(given), { thread, threads }));
      const shares = pacers.map((pacer) => pacer.dueBy(atNs));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(whole.countBy(atNs));
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      for (let i = 0; i < 40; i++) expect(pacers[i % threads]?.intendedNs(Math.floor(i / threads))).toBe(whole.atNs(i));
    }), { numRuns: 500 });
  });

  it("follow the integral of the rate to the query", () => {
    fc.assert(fc.property(rate.filter(({ shape: by }) => by?.kind !== "poisson"), elapsedNs, (given, atNs) => {
      const arrivals = arrivalsOf(given);
      // A whole number of queries can be due at the instant itself, or not.
      const expected = arrivals.expectedBy(atNs);
      expect(arrivals.countBy(atNs)).toBeGreaterThanOrEqual(Math.floor(expected - 1e-3));
      expect(arrivals.countBy(atNs)).toBeLessThanOrEqual(Math.floor(expected + 1e-3) + 1);
    }), { numRuns: 1_000 });
  });
});

describe("each shape", () => {
  const perSecond = (arrivals: Arrivals, seconds: number): number[] => {
    const counts = Array.from({ length: seconds + 1 }, (_, second) => arrivals.countBy(second * S - 1));
    return counts.slice(1).map((count, second) => count - (counts[second] ?? 0));
  };

  it.each<[name: string, shape: Shape, perSecond: number[]]>([
    ["a linear ramp from nothing, and its end held", { kind: "ramp", fromPps: 0, toPps: 400, overMs: 4000, curve: "linear" }, [50, 150, 250, 350, 400, 400]],
    ["a linear ramp down to nothing", { kind: "ramp", fromPps: 400, toPps: 0, overMs: 4000, curve: "linear" }, [350, 250, 150, 50, 0, 0]],
    ["an exponential ramp: each second twice the one before", { kind: "ramp", fromPps: 100 * Math.LN2, toPps: 800 * Math.LN2, overMs: 3000, curve: "exponential" }, [100, 200, 400, 555]],
    ["steps with a pause, the last one held", { kind: "steps", steps: [{ ratePps: 10, forMs: 1500 }, { ratePps: 0, forMs: 1000 }, { ratePps: 100, forMs: 500 }] }, [10, 5, 50, 100]],
    ["bursts at the end of each period", { kind: "burst", basePps: 10, peakPps: 100, everyMs: 2000, forMs: 500 }, [10, 55, 10, 55, 10]],
    ["on and off", { kind: "on-off", ratePps: 100, onMs: 1500, offMs: 500 }, [100, 50, 100, 50]],
    ["a replay with a jump, its end held", { kind: "replay", points: [{ atMs: 0, ratePps: 100 }, { atMs: 1000, ratePps: 100 }, { atMs: 1000, ratePps: 0 }, { atMs: 3000, ratePps: 200 }] }, [100, 50, 150, 200]],
  ])("%s", (_, given, expected) => {
    expect(perSecond(of(given), expected.length)).toEqual(expected);
  });

  it("sends nothing in a pause, and the first query after it at once", () => {
    const arrivals = of({ kind: "on-off", ratePps: 100, onMs: 1000, offMs: 2000 });
    expect([99, 100, 199, 200].map((index) => arrivals.atNs(index) / S)).toEqual([0.99, 3, 3.99, 6]);
    expect(arrivals.countBy(2.999 * S)).toBe(100);
  });

  it("keeps whole queries whole where rates and times are not", () => {
    const arrivals = of({ kind: "steps", steps: [...Array.from({ length: 10 }, () => ({ ratePps: 0.7, forMs: 1000 })), { ratePps: 0, forMs: 1000 }] });
    expect(arrivals.countBy(3600 * S)).toBe(7);
    expect(arrivals.atNs(7)).toBe(Infinity);
    const bursts = of({ kind: "on-off", ratePps: 0.3, onMs: 1000, offMs: 1000 });
    for (let index = 0; index < 3000; index++) expect(bursts.atNs(index)).toBeLessThan(bursts.atNs(index + 1));
    expect(bursts.atNs(3000) / S).toBeCloseTo(20_000, 6);
  });

  it("draws Poisson arrivals by their seed: the mean is the rate, and counts vary as much as they are high", () => {
    const arrivals = of({ kind: "poisson", ratePps: 1000, seed: 7 });
    const counts = perSecond(arrivals, 200);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
    // Five standard errors: of the mean sqrt(1000 / 200), of the ratio sqrt(2 / 199).
    expect(Math.abs(mean - 1000)).toBeLessThan(5 * Math.sqrt(1000 / 200));
    expect(Math.abs(variance / mean - 1)).toBeLessThan(5 * Math.sqrt(2 / 199));
    expect(perSecond(of({ kind: "poisson", ratePps: 1000, seed: 7 }), 5)).toEqual(counts.slice(0, 5));
    expect(perSecond(of({ kind: "poisson", ratePps: 1000, seed: 8 }), 5)).not.toEqual(counts.slice(0, 5));
  });

  it("gives Poisson arrivals also to those who ask out of order", () => {
    const inOrder = of({ kind: "poisson", ratePps: 500, seed: 3 });
    const times = Array.from({ length: 100 }, (_, index) => inOrder.atNs(index));
    const arrivals = of({ kind: "poisson", ratePps: 500, seed: 3 });
    for (const index of [50, 3, 99, 0, 98]) {
      expect(arrivals.atNs(index)).toBe(times[index]);
      expect(arrivals.countBy(times[index] ?? Number.NaN)).toBe(index + 1);
    }
  });

  it("has a mean that a model can reckon with", () => {
    const mean = meanArrivalsOf({ ratePps: 100, shape: { kind: "poisson", ratePps: 100, seed: 1 } });
    expect([mean.atNs(250) / S, mean.expectedBy(2.5 * S)]).toEqual([2.5, 250]);
  });
});
