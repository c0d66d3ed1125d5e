import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterTrial, type Bracket, bracketOf, mostRates, nextRate } from "../../src/search/bisection.ts";

/** Carries a search out; fails when it takes more trials than it said. */
function search(bounds: Pick<Bracket, "from" | "to" | "precision">, passes: (rate: number) => boolean): { bracket: Bracket; tried: number[] } {
  const tried: number[] = [];
  let bracket = bracketOf(bounds);
  for (let rate = nextRate(bracket); rate !== null; rate = nextRate(bracket)) {
    expect(tried.length).toBeLessThan(mostRates(bounds));
    tried.push(rate);
    bracket = afterTrial(bracket, rate, passes(rate));
  }
  return { bracket, tried };
}

const bounds = fc
  .record({ from: fc.double({ min: 0.01, max: 1e6, noNaN: true }), ratio: fc.double({ min: 1.001, max: 1e6, noNaN: true }), precision: fc.double({ min: 0.001, max: 1, noNaN: true }) })
  .map(({ from, ratio, precision }) => ({ from, to: from * ratio, precision }));

describe("bisection", () => {
  it("tries both ends, then the geometric middle in digits that can be typed", () => {
    const { bracket, tried } = search({ from: 100, to: 10_000, precision: 0.05 }, (rate) => rate < 2622);
    expect(tried).toEqual([100, 10_000, 1000, 3162, 1778, 2371, 2738, 2548, 2641]);
    expect(bracket).toMatchObject({ passed: 2548, failed: 2641 });
  });

  it("ends around the limit of an oracle that has one, no further apart than asked", () => {
    fc.assert(
      fc.property(bounds, fc.double({ min: 0, max: 1, noNaN: true }), (range, where) => {
        const limit = range.from * (range.to / range.from) ** where;
        const { bracket } = search(range, (rate) => rate <= limit);
        expect(bracket.passed).toBeLessThanOrEqual(limit);
        if (bracket.passed === range.to) return;
        expect(bracket.failed).toBeGreaterThan(limit);
        expect((bracket.failed ?? 0) / (bracket.passed ?? 1)).toBeLessThanOrEqual(1 + range.precision);
      }),
    );
  });

  it("with an oracle that answers at random still ends between a rate that passed and one that failed", () => {
    fc.assert(
      fc.property(bounds, fc.infiniteStream(fc.boolean()), (range, coin) => {
        const outcomes = new Map<number, boolean>();
        const { bracket, tried } = search(range, (rate) => {
          const passes = Boolean(coin.next().value);
          outcomes.set(rate, passes);
          return passes;
        });
        expect(new Set(tried).size).toBe(tried.length);
        if (bracket.passed !== null) expect(outcomes.get(bracket.passed)).toBe(true);
        if (bracket.failed !== null) expect(outcomes.get(bracket.failed)).toBe(false);
        if (bracket.passed !== null && bracket.failed !== null) expect(bracket.passed).toBeLessThan(bracket.failed);
      }),
    );
  });

  it("does not go on where the lower end fails, or the upper one passes", () => {
    expect(search({ from: 10, to: 1000, precision: 0.05 }, () => false)).toMatchObject({ tried: [10], bracket: { passed: null, failed: 10 } });
    expect(search({ from: 10, to: 1000, precision: 0.05 }, () => true)).toMatchObject({ tried: [10, 1000], bracket: { passed: 1000, failed: null } });
  });
});
