import fc from "fast-check";
import { expect, test } from "vitest";
import { BIN_NS, BinFold, MAX_BINS } from "../../src/analysis/bin-fold.ts";
import type { Span } from "../../src/analysis/bin-fold.ts";
import type { FailureRecord } from "../../src/store/records.ts";
import { refused } from "../fixtures/runs/stories.ts";
import { aStoredTick, SECOND } from "../fixtures/runs/story.ts";

/** A phase of which nothing is known but that it began before everything. */
const EARLY: Span = { startNs: 0, endNs: null };
const still = { drop: { moved: 0 }, earlyDrop: { moved: 0 }, insertFailed: { moved: 0 }, chainTooLong: { moved: 0 } };
const columns = (fold: BinFold, ...names: ("attempted" | "sent" | "eperm" | "otherFailed" | "answered" | "drop")[]): (number | null)[][] => names.map((name) => fold.bins.map((bin) => bin[name]));

test("a tick is spread over the bins that it lies in, in whole events", () => {
  const fold = new BinFold();
  fold.addTick(aStoredTick({ atNs: 1.25 * BIN_NS, attempted: 101, sent: 80, failed: { EPERM: 20, ENOBUFS: 1 }, answered: { NOERROR: 40, SERVFAIL: 4 } }), EARLY);
  expect(columns(fold, "attempted", "sent", "eperm", "otherFailed", "answered")).toEqual([[76, 25], [60, 20], [15, 5], [1, 0], [33, 11]]);
});

test("a tick begins with the end of the same thread's tick before, and the first with its phase", () => {
  const fold = new BinFold();
  fold.addTick(aStoredTick({ atNs: BIN_NS, attempted: 1, sent: 1 }), EARLY);
  fold.addTick(aStoredTick({ atNs: 4 * BIN_NS, attempted: 30, sent: 30 }), EARLY);
  fold.addTick(aStoredTick({ thread: 1, atNs: 3.5 * BIN_NS, attempted: 200, sent: 200 }), EARLY);
  fold.addTick(aStoredTick({ phase: 1, atNs: 5.1 * BIN_NS, attempted: 1000, sent: 1000 }), { startNs: 5.05 * BIN_NS, endNs: null });
  expect(columns(fold, "attempted")).toEqual([[1, 10, 110, 110, 0, 1000]]);
});

const refusal = (atNs: number, thread = 0): FailureRecord => ({ ...refused, phase: 0, thread, atNs });

test("in the tick of the first EPERM nothing is refused before it, and it stands where it was seen", () => {
  const fold = new BinFold();
  fold.addFailure({ ...refusal(0.4 * BIN_NS), errno: "ENOBUFS" });
  fold.addFailure(refusal(0.9 * BIN_NS));
  fold.addFailure(refusal(0.95 * BIN_NS));
  fold.addTick(aStoredTick({ atNs: 1.5 * BIN_NS, attempted: 100, sent: 60, failed: { EPERM: 40 } }), EARLY);
  // 40 of the 100 attempts had passed when it came: the other 20 that were sent, and the refusals after it, lie in the 0.6 bins after it.
  expect(columns(fold, "sent", "eperm", "attempted")).toEqual([[43, 17], [8, 32], [51, 49]]);
  for (const [answered, expected] of [[60, [43, 17]], [99, [50, 49]]] as const) {
    // Answers go with the sends, unless there are more of them: then they are of sends long before.
    const answering = new BinFold();
    answering.addFailure(refusal(0.9 * BIN_NS));
    answering.addTick(aStoredTick({ atNs: 1.5 * BIN_NS, attempted: 100, sent: 60, failed: { EPERM: 40 }, answered: { NOERROR: answered } }), EARLY);
    expect(columns(answering, "answered")).toEqual([expected]);
  }
  const single = new BinFold();
  single.addFailure(refusal(0.9 * BIN_NS));
  single.addTick(aStoredTick({ atNs: 1.5 * BIN_NS, attempted: 100, sent: 99, failed: { EPERM: 1 } }), EARLY);
  expect(columns(single, "eperm")).toEqual([[1, 0]]);
});

test("what was dropped between two samples around the end of a load, or its beginning, was dropped in the load", () => {
  const fold = new BinFold();
  const loads = [{ startNs: 1.02 * BIN_NS, endNs: 1.98 * BIN_NS }];
  for (const [at, moved] of [[0, 0], [0.95, 0], [1.05, 7], [1.95, 0], [2.05, 9], [2.15, 0]] as const) {
    fold.addSample({ type: "sample", atNs: at * BIN_NS, count: 1, max: 1 }, { ...still, drop: { moved } }, loads);
  }
  expect(columns(fold, "drop")).toEqual([[0, 16, 0]]);
  const watched = new BinFold();
  for (const at of [0.5, 2.5]) watched.addSample({ type: "sample", atNs: at * BIN_NS, count: 1, max: 1 }, { ...still, drop: { moved: at < 1 ? 0 : 40 } }, []);
  expect(columns(watched, "drop")).toEqual([[10, 20, 10]]);
});

test("whatever the grid, no EPERM stands in a bin that ends before the first, nothing outside of the load, and all adds up", () => {
  const tickOf = fc.record({ sent: fc.nat(200), eperm: fc.nat(200), answered: fc.nat(200), late: fc.integer({ min: 0, max: 30 }) });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 * BIN_NS }), fc.array(fc.array(tickOf, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), (startNs, threads, within) => {
      const fold = new BinFold();
      const records = threads.flatMap((ticks, thread) => ticks.map((tick, index) => ({ ...tick, thread, fromNs: startNs + (index === 0 ? 0 : index * BIN_NS + (ticks[index - 1]?.late ?? 0) * 1e6), atNs: startNs + (index + 1) * BIN_NS + tick.late * 1e6 })));
      const endNs = Math.max(...records.map(({ atNs }) => atNs));
      const load = { startNs, endNs };
      let firstNs = Number.POSITIVE_INFINITY;
      const begun = new Set<number>();
      for (const { answered, atNs, eperm, fromNs, sent, thread } of records) {
        if (eperm > 0 && !begun.has(thread)) {
          begun.add(thread);
          const onsetNs = Math.round(fromNs + within * (atNs - fromNs));
          firstNs = Math.min(firstNs, onsetNs);
          fold.addFailure(refusal(onsetNs, thread));
        }
        fold.addTick(aStoredTick({ thread, atNs, attempted: sent + eperm, sent, failed: eperm === 0 ? {} : { EPERM: eperm }, answered: { NOERROR: answered }, latenciesUs: { 992: answered } }), load);
      }
      const total = (name: "sent" | "eperm" | "answered"): number => records.reduce((sum, record) => sum + record[name], 0);
      for (const name of ["sent", "eperm", "answered"] as const) expect(fold.bins.reduce((sum, bin) => sum + bin[name], 0)).toBe(total(name));
      fold.bins.forEach((bin, index) => {
        expect(bin.attempted).toBe(bin.sent + bin.eperm + bin.otherFailed);
        expect(bin.latenciesUs?.get(992) ?? 0).toBe(bin.answered);
        expect(Math.min(bin.sent, bin.eperm, bin.answered)).toBeGreaterThanOrEqual(0);
        if ((index + 1) * BIN_NS <= firstNs) expect(bin.eperm).toBe(0);
        if ((index + 1) * BIN_NS <= startNs || index * BIN_NS >= endNs) expect(bin.attempted + bin.answered).toBe(0);
      });
      if (firstNs < Number.POSITIVE_INFINITY) expect(fold.bins[Math.floor(firstNs / BIN_NS)]?.eperm).toBeGreaterThan(0);
    }),
  );
});

test("latencies are added up by their buckets; where no tick tells there are none", () => {
  const fold = new BinFold();
  fold.addTick(aStoredTick({ atNs: BIN_NS, latenciesUs: { 128: 9, 1_048_576: 1 } }), EARLY);
  fold.addTick(aStoredTick({ thread: 1, atNs: BIN_NS, latenciesUs: { 128: 1 } }), EARLY);
  fold.addTick(aStoredTick({ atNs: 2 * BIN_NS }), EARLY);
  expect(fold.bins.map(({ latenciesUs }) => latenciesUs)).toEqual([new Map([[128, 10], [1_048_576, 1]]), null]);
});

test("an hour fits into at most MAX_BINS bins, and nothing is lost", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3600 * SECOND }), { minLength: 1, maxLength: 50 }), (instants) => {
      const fold = new BinFold();
      for (const [thread, atNs] of instants.entries()) {
        fold.addTick(aStoredTick({ thread, atNs, attempted: 1, sent: 1, latenciesUs: { 992: 1, [32 * (thread % 3)]: 2 } }), EARLY);
        fold.addSample({ type: "sample", atNs, count: atNs % 1000, max: 1000 }, { ...still, drop: { moved: 1 } }, []);
      }
      const { bins, binNs } = fold;
      expect(bins.length).toBeLessThanOrEqual(MAX_BINS);
      expect(Math.log2(binNs / BIN_NS) % 1).toBe(0);
      expect(bins.reduce((sum, bin) => sum + bin.attempted, 0)).toBe(instants.length);
      expect(bins.reduce((sum, bin) => sum + (bin.drop ?? 0), 0)).toBe(instants.length);
      const answers = bins.flatMap(({ latenciesUs }) => [...(latenciesUs ?? [])]);
      expect(answers.reduce((sum, [, count]) => sum + count, 0)).toBe(3 * instants.length);
      expect(answers.reduce((sum, [bucket, count]) => sum + (bucket === 992 ? count : 0), 0)).toBe(instants.length);
      for (const atNs of instants) expect(bins[Math.floor(atNs / binNs)]?.count).toBeGreaterThanOrEqual(atNs % 1000);
    }),
  );
});

test("what a slow sampler saw moving lies in all the loads that it met, not in the first alone", () => {
  const fold = new BinFold();
  const loads = [{ startNs: 0, endNs: SECOND }, { startNs: SECOND, endNs: 2 * SECOND }];
  fold.addSample({ type: "sample", atNs: 0.5 * SECOND, count: 1, max: 1 }, still, loads);
  fold.addSample({ type: "sample", atNs: 1.5 * SECOND, count: 1, max: 1 }, { ...still, drop: { moved: 1000 } }, loads);
  expect(fold.bins.slice(5, 15).map(({ drop }) => drop)).toEqual(Array.from({ length: 10 }, () => 100));
});
