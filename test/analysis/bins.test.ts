import fc from "fast-check";
import { expect, test } from "vitest";
import { BIN_NS, BinFold, MAX_BINS } from "../../src/analysis/bins.ts";
import { aTick, SECOND } from "../fixtures/runs/story.ts";

test("a bin takes what falls into it, its start included", () => {
  const fold = new BinFold();
  const ends = [BIN_NS, BIN_NS + BIN_NS / 2 - 1, BIN_NS + BIN_NS / 2, 3 * BIN_NS + BIN_NS / 2];
  for (const [thread, atNs] of ends.entries()) fold.addTick(aTick({ thread, atNs, attempted: 3, sent: 1, failed: { EPERM: 1, ENOBUFS: 1 }, answered: { NOERROR: 1 } }));
  expect(fold.bins.map(({ attempted }) => attempted)).toEqual([6, 3, 0, 3]);
  expect(fold.bins[3]).toMatchObject({ attempted: 3, sent: 1, eperm: 1, otherFailed: 1, answered: 1 });
});

test("a tick begins with the end of the tick before, so a late one lies further back", () => {
  const fold = new BinFold();
  fold.addTick(aTick({ atNs: BIN_NS, attempted: 1 }));
  fold.addTick(aTick({ atNs: 4 * BIN_NS, attempted: 10 }));
  fold.addTick(aTick({ phase: 1, atNs: 4 * BIN_NS, attempted: 100 }));
  expect(fold.bins.map(({ attempted }) => attempted)).toEqual([1, 0, 10, 100]);
});

test("latencies are added up by their buckets; where no tick tells there are none", () => {
  const fold = new BinFold();
  fold.addTick(aTick({ atNs: BIN_NS, latenciesUs: { 128: 9, 1_048_576: 1 } }));
  fold.addTick(aTick({ thread: 1, atNs: BIN_NS, latenciesUs: { 128: 1 } }));
  fold.addTick(aTick({ atNs: 2 * BIN_NS }));
  expect(fold.bins.map(({ latenciesUs }) => latenciesUs)).toEqual([new Map([[128, 10], [1_048_576, 1]]), null]);
});

test("an hour fits into at most MAX_BINS bins, and nothing is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3600 * SECOND }), { minLength: 1, maxLength: 50 }), (instants) => {
      const fold = new BinFold();
      const still = { drop: { moved: 1 }, earlyDrop: { moved: 0 }, insertFailed: { moved: 0 }, chainTooLong: { moved: 0 } };
      for (const [thread, atNs] of instants.entries()) {
        fold.addTick(aTick({ thread, atNs, attempted: 1, sent: 1, latenciesUs: { 992: 1, [32 * (thread % 3)]: 2 } }));
        fold.addSample({ type: "sample", atNs, count: atNs % 1000, max: 1000 }, still);
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
