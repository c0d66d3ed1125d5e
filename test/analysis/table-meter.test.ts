import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { medianSlope } from "../../src/analysis/statistics/median-slope.ts";
import { TableMeter } from "../../src/analysis/table-meter.ts";
import type { KernelRecord } from "../../src/store/records.ts";

const columns: KernelRecord = { type: "columns", atNs: 0, stat: ["drop", "early_drop", "insert_failed", "chaintoolong"], net: ["Ip.OutDiscards"], kernelLog: "readable" };

/** Samples each 100 ms, from 0 to `endS`. */
function samples(endS: number, countAt: (atS: number) => number | null, more: (atS: number) => object = () => ({})): KernelRecord[] {
  return Array.from({ length: Math.round(endS * 10) + 1 }, (_, index): KernelRecord => ({ type: "sample", atNs: index * 1e8, count: countAt(index / 10), max: 10_000, ...more(index / 10) }));
}

function meterOf(records: readonly KernelRecord[]): TableMeter {
  const meter = new TableMeter({ everyNs: 1e9 });
  meter.add([columns, ...records]);
  return meter;
}

describe("medianSlope", () => {
  test("is the slope of a line, whatever a quarter of the points say", () => {
    const some = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(some, some, fc.integer({ min: 8, max: 30 }), some, (slope, start, length, wrong) => {
        const points = Array.from({ length }, (_, x) => [x, x % 8 === 3 ? wrong * 1000 : start + slope * x] as const);
        expect(medianSlope(points)).toBeCloseTo(slope, 6);
      }),
    );
  });

  test.each([[[]], [[[1, 5]]], [[[1, 5], [1, 9]]]] as const)("there is none of %j", (points) => {
    expect(medianSlope(points)).toBeNull();
  });

  test("is the mean of the two in the middle of an even number", () => {
    expect(medianSlope([[0, 0], [1, 1], [2, 6], [3, 6]])).toBe(2.25);
  });
});

describe("a reading", () => {
  test("tells growth, and the time until the table is full at it", () => {
    const reading = meterOf(samples(5, (atS) => 1000 + 200 * atS)).take();
    expect(reading).toMatchObject({ atNs: 5e9, entries: 2000, max: 10_000, share: 0.2 });
    expect(reading?.growthPerS).toBeCloseTo(200, 6);
    expect(reading?.fullInS).toBeCloseTo(40, 6);
  });

  test("forgets what was more than 10 s ago", () => {
    const reading = meterOf(samples(30, (atS) => (atS < 15 ? 300 * atS : 4500 - 100 * (atS - 15)))).take();
    expect(reading?.growthPerS).toBeCloseTo(-100, 6);
    expect(reading?.fullInS).toBeNull();
  });

  test("is not misled by one jump", () => {
    expect(meterOf(samples(10, (atS) => (atS === 5 ? 9000 : 1000 + 10 * atS))).take()?.growthPerS).toBeCloseTo(10, 6);
  });

  test("of a full table says that it is full", () => {
    expect(meterOf(samples(3, () => 10_000)).take()).toMatchObject({ share: 1, fullInS: 0 });
  });

  test("gives counters as a rate since the reading before", () => {
    const meter = meterOf(samples(1, () => 5, (atS) => (atS === 0.5 ? { stat: { drop: 30 }, net: { "Ip.OutDiscards": 20 } } : {})));
    expect(meter.take()).toMatchObject({ dropPerS: 30, earlyDropPerS: 0, insertFailedPerS: 0, outDiscardsPerS: 20 });
    meter.add([{ type: "sample", atNs: 3e9, count: 5, max: 10_000, stat: { drop: 130 } }]);
    expect(meter.take()).toMatchObject({ dropPerS: 50, outDiscardsPerS: 0 });
    expect(meter.totals()).toMatchObject({ drop: 130, earlyDrop: 0, outDiscards: 20 });
  });

  test("does not tell what is not known", () => {
    const meter = new TableMeter({ everyNs: 1e9 });
    meter.add([{ ...columns, stat: null, net: null }, { type: "sample", atNs: 0, count: null, max: null }, { type: "sample", atNs: 1e9, count: null, max: null }]);
    expect(meter.take()).toEqual({
      atNs: 1e9, entries: null, max: null, share: null, growthPerS: null, fullInS: null, dropPerS: null, earlyDropPerS: null, insertFailedPerS: null, outDiscardsPerS: null,
    });
    expect(meter.totals()).toMatchObject({ entries: null, peak: null, peakShare: null, drop: null, outDiscards: null });
  });

  test("there is none before the first sample", () => {
    expect(new TableMeter({ everyNs: 1e9 }).take()).toBeNull();
    expect(new TableMeter({ everyNs: 1e9 }).totals()).toBeNull();
  });
});

test("the totals keep the peak, however short", () => {
  expect(meterOf(samples(9, (atS) => (atS === 4 ? 9500 : 100))).totals()).toMatchObject({ firstEntries: 100, entries: 100, peak: 9500, peakShare: 0.95 });
});
