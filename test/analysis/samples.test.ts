import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countAt, firstAtOrAfter, lastAtOrBefore, SampleFold } from "../../src/analysis/samples.ts";
import type { SampleSeries } from "../../src/analysis/samples.ts";
import type { SampleRecord } from "../../src/store/records.ts";

function series(samples: Omit<SampleRecord, "type">[], stat: string[] | null = []): SampleSeries {
  const fold = new SampleFold();
  fold.addColumns({ type: "columns", atNs: 0, stat, net: ["Ip.OutDiscards"], kernelLog: "readable" });
  for (const sample of samples) fold.add({ type: "sample", ...sample });
  return fold.finish();
}

const three = series([
  { atNs: 10, count: 100, max: 500 },
  { atNs: 20, count: 200, max: 500 },
  { atNs: 40, count: 100, max: 500 },
]);

test.each([
  [0, 100],
  [10, 100],
  [15, 150],
  [20, 200],
  [30, 150],
  [40, 100],
  [99, 100],
])("at %i ns the line between the samples is at %i", (atNs, count) => {
  expect(countAt(three, atNs)).toBe(count);
});

test("a count that is unknown, or was never sampled, is null", () => {
  expect(countAt(series([]), 5)).toBeNull();
  expect(countAt(series([{ atNs: 1, count: null, max: null }]), 5)).toBeNull();
});

test.each([
  [9, -1, 0],
  [10, 0, 0],
  [11, 0, 1],
  [40, 2, 2],
  [41, 2, 3],
])("around %i ns are the samples %i and %i", (atNs, before, after) => {
  expect(lastAtOrBefore(three, atNs)).toBe(before);
  expect(firstAtOrAfter(three, atNs)).toBe(after);
});

test("however unevenly samples came, the one before an instant is found", () => {
  const gaps = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 1000, 100_000)), { maxLength: 60 });
  fc.assert(
    fc.property(fc.nat(20), gaps, fc.integer({ min: -5, max: 400_000 }), fc.nat(59), (beginNs, between, someNs, nth) => {
      let atNs = beginNs;
      const samples = series([beginNs, ...between.map((gap) => (atNs += gap))].map((instant) => ({ atNs: instant, count: 0, max: 1 })));
      for (const instant of [someNs, ...[-1, 0, 1].map((off) => (samples.atNs[nth] ?? 0) + off)]) {
        expect(lastAtOrBefore(samples, instant)).toBe(samples.atNs.findLastIndex((sampleNs) => sampleNs <= instant));
      }
    }),
  );
});

describe("counters", () => {
  test("hold their total until it changes", () => {
    const { totals } = series([
      { atNs: 1, count: 0, max: 1 },
      { atNs: 2, count: 0, max: 1, stat: { drop: 3 } },
      { atNs: 3, count: 0, max: 1, stat: { early_drop: 1 } },
      { atNs: 4, count: 0, max: 1, stat: { drop: 5 }, net: { "Ip.OutDiscards": 5 } },
    ]);
    expect([...totals.drop]).toEqual([0, 3, 3, 5]);
    expect([...totals.earlyDrop]).toEqual([0, 0, 1, 1]);
    expect([...totals.outDiscards]).toEqual([0, 0, 0, 5]);
  });

  test("are known when the kernel lists them, by either name", () => {
    expect(series([], ["drop", "chainlength"]).known).toEqual({
      drop: true,
      earlyDrop: false,
      insertFailed: false,
      chainTooLong: true,
      outDiscards: true,
      outRequests: false,
      rcvbufErrors: false,
      inErrors: false,
      noPorts: false,
      clashResolved: false,
      sndbufErrors: false,
    });
    expect(series([], ["chaintoolong"]).known.chainTooLong).toBe(true);
    expect(series([], null).known.drop).toBe(false);
  });

  test("grow past the first 4096 samples", () => {
    const many = series(Array.from({ length: 5000 }, (_, atNs) => ({ atNs, count: atNs, max: 9000, stat: { drop: atNs } })));
    expect(many.length).toBe(5000);
    expect(countAt(many, 4321)).toBe(4321);
    expect(many.totals.drop[4999]).toBe(4999);
  });

  test("have a total for every sample, whenever they first move", () => {
    const late = series(Array.from({ length: 5000 }, (_, atNs) => ({ atNs, count: 0, max: 1, ...(atNs === 2999 ? { stat: { drop: 7 } } : {}) })));
    expect([2998, 2999, 4999].map((index) => late.totals.drop[index])).toEqual([0, 7, 7]);
    expect([...late.totals.earlyDrop]).toEqual(Array.from({ length: 5000 }, () => 0));
  });
});
