import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanDifferenceInterval, meanInterval } from "../../../src/analysis/statistics/mean-difference.ts";
import { newcombeInterval, wilsonInterval } from "../../../src/analysis/statistics/proportion.ts";
import { seededRandom } from "../../../src/model/random.ts";

describe("intervals of counted shares", () => {
  // R. G. Newcombe, 1998, tables I and II: the score method, and method 10.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("Wilson: %d of %d", (part, whole, low, high) => {
    expect(wilsonInterval({ part, whole })).toEqual({ low: expect.closeTo(low, 4), high: expect.closeTo(high, 4) });
  });

  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 10, -0.2775, 0.2775],
  ])("Newcombe: %d of %d less %d of %d", (part, whole, basePart, baseWhole, low, high) => {
    expect(newcombeInterval({ part: basePart, whole: baseWhole }, { part, whole })).toEqual({ low: expect.closeTo(low, 4), high: expect.closeTo(high, 4) });
  });

  test("hold what was counted, and lie between 0 and 1", () => {
    const counted = fc.integer({ min: 1, max: 1e6 }).chain((whole) => fc.record({ part: fc.integer({ min: 0, max: whole }), whole: fc.constant(whole) }));
    fc.assert(
      fc.property(counted, counted, (base, other) => {
        const { low, high } = wilsonInterval(base);
        const share = base.part / base.whole;
        expect(low >= 0 && low <= share && share <= high && high <= 1).toBe(true);
        const difference = newcombeInterval(base, other);
        expect(difference.low).toBeLessThanOrEqual(other.part / other.whole - share + 1e-12);
        expect(difference.high).toBeGreaterThanOrEqual(other.part / other.whole - share - 1e-12);
      }),
    );
  });
});

describe("intervals of means", () => {
  test("fewer than three values have none", () => {
    expect(meanInterval([1, 2])).toBeNull();
    expect(meanDifferenceInterval([1, 2, 3], [1, 2])).toBeNull();
  });

  test("values that are the same leave no doubt, and the same values give the same interval", () => {
    expect(meanDifferenceInterval([2, 2, 2], [5, 5, 5])).toEqual({ low: 3, high: 3 });
    expect(meanInterval([1, 5, 2, 8])).toEqual(meanInterval([1, 5, 2, 8]));
  });

  test("three against three reach from the nearest to the farthest of them", () => {
    expect(meanDifferenceInterval([1, 2, 3], [11, 12, 14])).toEqual({ low: 8, high: 13 });
  });

  test.each([5, 10])("of %d values against as many, 95 in 100 hold the truth, or a few more", (size) => {
    const random = seededRandom(7);
    // The sum of twelve is as good as normal.
    const value = (): number => Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);
    const trials = 200;
    let held = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const interval = meanDifferenceInterval(Array.from({ length: size }, value), Array.from({ length: size }, value));
      if (interval !== null && interval.low <= 0 && interval.high >= 0) held += 1;
    }
    expect(held / trials).toBeGreaterThan(0.92);
  });
});
