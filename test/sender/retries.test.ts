import fc from "fast-check";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import type { RetrySpec } from "../../src/scenario/scenario.ts";
import { type Schedule, scheduleOf } from "../../src/sender/schedule.ts";
import { planOf, playLoad, retriesOf, totalsOf } from "./fake-transport.ts";

const MS = 1e6;
const RETRY: RetrySpec = { on: "EPERM", times: 3, waitMs: 10 };

/** The attempts of each query, by the time it was meant for. */
function byQuery<T extends { intendedNs: number }>(attempts: readonly T[]): T[][] {
  const queries = new Map<number, T[]>();
  for (const attempt of attempts) queries.set(attempt.intendedNs, [...(queries.get(attempt.intendedNs) ?? []), attempt]);
  return [...queries.values()];
}

const schedule = (differs: Partial<Parameters<typeof scheduleOf>[0]> = {}): Schedule =>
  scheduleOf({ ratePps: 1000, shape: null, durationMs: 1000, queries: null, catchUpMs: 100, thread: 0, threads: 1, ...differs });

describe("a load that tries refused queries again", () => {
  it("waits before each attempt, and keeps the time that the query was meant for", () => {
    const { world, ticks } = playLoad({ schedule: schedule({ queries: 1 }), retry: RETRY, refusal: (index) => (index < 2 ? "EPERM" : null), answerAfterNs: () => MS });
    expect(world.attempts.map(({ intendedNs }) => intendedNs)).toEqual([0, 0, 0]);
    const [first, second, third] = world.attempts.map(({ sentNs }) => sentNs);
    expect(first).toBe(0);
    for (const gap of [(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)]) {
      expect(gap).toBeGreaterThanOrEqual(10 * MS);
      expect(gap).toBeLessThan(10.1 * MS);
    }
    expect(totalsOf(ticks)).toMatchObject({ attempted: 3, sent: 1, failed: 2, answered: 1 });
    expect(retriesOf(ticks)).toEqual({ retries: 2, recovered: 1, gaveUp: 0 });
    const { latency, uncorrected } = world.account.histograms();
    expect(decodeFromCompressedBase64(latency).maxValue).toBeGreaterThanOrEqual(21_000);
    expect(decodeFromCompressedBase64(uncorrected ?? "").maxValue).toBeLessThan(2_000);
  });

  it("gives up after so many, and every attempt is one", () => {
    const { ticks } = playLoad({ schedule: schedule(), retry: RETRY, refusal: () => "EPERM" });
    expect(totalsOf(ticks)).toMatchObject({ attempted: 4000, sent: 0, failed: 4000 });
    expect(retriesOf(ticks)).toEqual({ retries: 3000, recovered: 0, gaveUp: 1000 });
  });

  it("leaves another errno final, at once or after a retry", () => {
    const refusals = ["ENOBUFS", "EPERM", "ENOBUFS"];
    const { ticks } = playLoad({ schedule: schedule({ queries: 2 }), retry: RETRY, refusal: (index) => refusals[index] ?? null });
    expect(totalsOf(ticks)).toMatchObject({ attempted: 3, failed: 3 });
    expect(retriesOf(ticks)).toEqual({ retries: 1, recovered: 0, gaveUp: 1 });
  });

  it("is behind with queries, not with attempts", () => {
    const { ticks } = playLoad({ schedule: schedule(), retry: RETRY, refusal: (index) => (index % 2 === 0 ? "EPERM" : null), answerAfterNs: () => MS });
    expect(ticks.map(({ behind }) => behind)).toEqual(ticks.map(() => 0));
    const { attempted } = totalsOf(ticks);
    expect(attempted - retriesOf(ticks).retries).toBe(1000);
  });

  it("counts what waits for its retry as outstanding", () => {
    const { world } = playLoad({ schedule: schedule({ ratePps: null, durationMs: null, queries: 100 }), outstandingLimit: 7, retry: { ...RETRY, times: 1 }, refusal: () => "EPERM" });
    // Seven queries, and nothing more for 10 ms: then these seven again.
    for (const { sentNs } of world.attempts) {
      const within = world.attempts.filter((other) => other.sentNs > sentNs - 10 * MS && other.sentNs <= sentNs);
      expect(within.length).toBeLessThanOrEqual(14);
    }
    expect(world.attempts).toHaveLength(200);
  });

  it("gives up what waits when it is told to stop", () => {
    const { world, ticks } = playLoad({ schedule: schedule(), retry: { ...RETRY, waitMs: 5000 }, refusal: () => "EPERM", stopped: (now) => now.nowNs() > 300 * MS });
    expect(retriesOf(ticks)).toEqual({ retries: 0, recovered: 0, gaveUp: world.attempts.length });
  });

  it("keeps its books whatever is refused", () => {
    const errno = fc.constantFrom(null, null, "EPERM", "EPERM", "ENOBUFS");
    fc.assert(fc.property(fc.array(errno, { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 10 }), fc.nat(50), fc.integer({ min: 1, max: 20 }), (script, times, waitMs, limit) => {
      const { world, ticks } = playLoad({
        schedule: schedule({ ratePps: 2000, queries: 200 }), outstandingLimit: limit, retry: { on: "EPERM", times, waitMs },
        refusal: (index) => script[index % script.length] ?? null, answerAfterNs: () => MS,
      });
      const { attempted, sent, failed } = totalsOf(ticks);
      const { retries, recovered, gaveUp } = retriesOf(ticks);
      expect(attempted).toBe(sent + failed);
      expect(attempted).toBe(world.attempts.length);
      const queries = byQuery(world.attempts);
      expect(attempted - retries).toBe(queries.length);
      const { planned, dropped } = planOf(ticks);
      expect(planned - dropped).toBe(queries.length);
      const again = queries.filter(([first]) => first?.errno === "EPERM");
      expect(recovered + gaveUp).toBe(again.length);
      expect(recovered).toBe(again.filter((attempts) => attempts.at(-1)?.errno === null).length);
      for (const attempts of queries) {
        expect(attempts.length).toBeLessThanOrEqual(times + 1);
        expect(attempts.slice(0, -1).every((attempt) => attempt.errno === "EPERM")).toBe(true);
      }
    }), { numRuns: 100 });
  });
});
