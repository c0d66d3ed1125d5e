import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bootstrapInterval } from "../../../src/analysis/statistics/bootstrap.ts";
import { changePoint } from "../../../src/analysis/statistics/change-point.ts";
import { bestLag } from "../../../src/analysis/statistics/lag.ts";
import { seededRandom } from "../../../src/model/random.ts";
import { placed, spearman, spearmanOfPlaces } from "../../../src/analysis/statistics/rank-correlation.ts";
import type { Pair } from "../../../src/analysis/statistics/rank-correlation.ts";

const value = fc.integer({ min: -50, max: 50 });
const pairs = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 60 });

describe("spearman", () => {
  test("gives equal values the mean of their ranks", () => {
    // Ranks 1.5, 4, 1.5, 6, 4, 4 against 1 to 6.
    expect(spearman([10, 20, 10, 30, 20, 20].map((x, index): Pair => [x, index]))).toBeCloseTo(8.5 / Math.sqrt(15 * 17.5), 12);
  });

  test("agrees with a worked example", () => {
    // IQ and hours of television, the example of the Wikipedia article on Spearman's coefficient: -29/165.
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(spearman(iq.map((x, index): Pair => [x, hours[index] ?? 0]))).toBeCloseTo(-29 / 165, 12);
  });

  test("is symmetric, turns with its sign, and knows only order", () => {
    fc.assert(
      fc.property(pairs, (some) => {
        const rho = spearman(some);
        expect(spearman(some.map(([x, y]) => [y, x]))).toEqual(rho === null ? null : expect.closeTo(rho, 9));
        expect(spearman(some.map(([x, y]) => [x ** 3, y]))).toEqual(rho === null ? null : expect.closeTo(rho, 9));
        expect(spearman(some.map(([x, y]) => [x, -y]))).toEqual(rho === null ? null : expect.closeTo(-rho, 9));
        if (rho !== null) expect(Math.abs(rho)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("of places, and of some of them drawn again and again, is that of the values", () => {
    fc.assert(
      fc.property(pairs, fc.array(fc.nat(), { maxLength: 60 }), (some, drawn) => {
        const draw = (from: readonly Pair[]): Pair[] => drawn.map((index) => from[index % from.length] ?? [0, 0]);
        expect(spearmanOfPlaces(draw(placed(some)))).toBe(spearman(draw(some)));
      }),
    );
  });

  test("is null where a side never varies", () => {
    expect(spearman([[1, 1], [1, 2]])).toBeNull();
    expect(spearman([])).toBeNull();
  });
});

describe("bootstrapInterval", () => {
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

  test("is the same each time, and ordered", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (series) => {
        const options = { statistic: mean, level: 0.95 };
        const interval = bootstrapInterval(series, options);
        expect(bootstrapInterval(series, options)).toEqual(interval);
        expect(interval?.low).toBeLessThanOrEqual(interval?.high ?? Number.NaN);
        expect(interval?.low).toBeGreaterThanOrEqual(Math.min(...series));
      }),
      { numRuns: 20 },
    );
  });

  test("covers the truth about as often as it says", () => {
    const random = seededRandom(7);
    let covered = 0;
    for (let trial = 0; trial < 60; trial += 1) {
      const interval = bootstrapInterval(Array.from({ length: 60 }, random), { statistic: mean, level: 0.95 });
      if (interval !== null && interval.low <= 0.5 && interval.high >= 0.5) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(48);
  });

  test("is null where the statistic mostly has no value", () => {
    expect(bootstrapInterval([1, 2, 3], { statistic: () => null, level: 0.95 })).toBeNull();
  });
});

describe("changePoint", () => {
  test("finds a step wherever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 39 }), value, fc.integer({ min: 1, max: 50 }), (at, level, step) => {
        const some = Array.from({ length: 40 }, (_, x): Pair => [x, x < at ? level : level + step]);
        expect(changePoint(some.toReversed())).toEqual({ at, below: expect.closeTo(level, 6), above: expect.closeTo(level + step, 6), explained: expect.closeTo(1, 9) });
      }),
    );
  });

  test("keeps equal x together, and never explains more than all", () => {
    fc.assert(
      fc.property(pairs, (some) => {
        const found = changePoint(some);
        if (found === null) return;
        const lower = some.filter(([x]) => x < found.at).map(([, y]) => y);
        expect(lower.length).toBeGreaterThan(0);
        expect(lower.reduce((sum, y) => sum + y, 0) / lower.length).toBeCloseTo(found.below, 6);
        expect(found.explained).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("is null where nothing varies", () => {
    expect(changePoint([[1, 2], [1, 3]])).toBeNull();
    expect(changePoint([[1, 2], [2, 2]])).toBeNull();
  });
});

describe("bestLag", () => {
  const random = seededRandom(3);
  const noise = Array.from({ length: 80 }, random);

  test.each([-10, -3, 0, 1, 7, 10])("finds a shift of %i", (steps) => {
    const run = noise.slice(15, 65).map((x, index): Pair => [x, noise[15 + index - steps] ?? 0]);
    expect(bestLag([run], 10)).toEqual({ steps, rho: expect.closeTo(1, 9) });
  });

  test("prefers the shorter of equal lags, and is null without variation", () => {
    const steady = Array.from({ length: 30 }, (_, x): Pair => [x, x]);
    expect(bestLag([steady], 10)?.steps).toBe(0);
    expect(bestLag([steady.map(([x]) => [x, 1])], 10)).toBeNull();
  });
});
