import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { behindBy, scheduleOf } from "../../src/sender/schedule.ts";

const job = { ratePps: 1000, durationMs: 5000, queries: null, thread: 0, threads: 1 } as const;

describe("scheduleOf", () => {
  it.each([
    { given: {}, limit: 5000, endNs: 5e9 },
    { given: { queries: 70 }, limit: 70, endNs: 5e9 },
    { given: { queries: 6000 }, limit: 5000, endNs: 5e9 },
    { given: { durationMs: null, queries: 6000 }, limit: 6000, endNs: Infinity },
    { given: { ratePps: null }, limit: Infinity, endNs: 5e9 },
    { given: { ratePps: null, queries: 9 }, limit: 9, endNs: 5e9 },
    { given: { ratePps: null, durationMs: null, queries: 9 }, limit: 9, endNs: Infinity },
    { given: { ratePps: 0.1 }, limit: 1, endNs: 5e9 },
    { given: { queries: 0 }, limit: 0, endNs: 5e9 },
  ])("$given: at most $limit", ({ given, limit, endNs }) => {
    expect(scheduleOf({ ...job, ...given })).toMatchObject({ limit, endNs });
  });

  it("gives all threads together exactly rate times duration", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 16 }), (ratePps, seconds, threads) => {
      let total = 0;
      for (let thread = 0; thread < threads; thread++) total += scheduleOf({ ratePps, durationMs: seconds * 1000, queries: null, thread, threads }).limit;
      expect(total).toBe(ratePps * seconds);
    }));
  });
});

describe("behindBy", () => {
  it.each([
    { elapsedNs: 10e6, attempted: 11, behind: 0 },
    { elapsedNs: 10e6, attempted: 4, behind: 7 },
    { elapsedNs: 10e6, attempted: 30, behind: 0 },
    { elapsedNs: 60e9, attempted: 4990, behind: 10 },
    { elapsedNs: -1, attempted: 0, behind: 0 },
  ])("is $behind when $attempted were attempted by $elapsedNs ns", ({ elapsedNs, attempted, behind }) => {
    expect(behindBy(scheduleOf(job), elapsedNs, attempted)).toBe(behind);
  });

  it("is 0 without a rate, limited or not", () => {
    expect(behindBy(scheduleOf({ ...job, ratePps: null }), 1e9, 0)).toBe(0);
    expect(behindBy(scheduleOf({ ...job, ratePps: null, queries: 100 }), 1e9, 0)).toBe(0);
  });
});
