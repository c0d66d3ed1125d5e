import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interleaved } from "../../../src/analysis/statistics/interleave.ts";

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 });

describe("interleaved", () => {
  test("every round has every variant exactly once", () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 9 }), fc.integer(), (variants, rounds, seed) => {
        const turns = interleaved(variants, { rounds, seed });
        for (let round = 0; round < rounds; round += 1) {
          const own = turns.slice(round * variants.length, (round + 1) * variants.length);
          expect(own.every((turn) => turn.round === round)).toBe(true);
          expect(own.map(({ name }) => name).sort()).toEqual([...variants].sort());
        }
        expect(turns.length).toBe(rounds * variants.length);
      }),
    );
  });

  test("one seed gives one order, and rounds differ in theirs", () => {
    const variants = ["a", "b", "c", "d", "e", "f"];
    expect(interleaved(variants, { rounds: 4, seed: 7 })).toEqual(interleaved(variants, { rounds: 4, seed: 7 }));
    const orders = new Set(Array.from({ length: 4 }, (_, round) => interleaved(variants, { rounds: 4, seed: 7 }).filter((turn) => turn.round === round).map(({ name }) => name).join("")));
    expect(orders.size).toBeGreaterThan(1);
  });

  test("each variant comes first about as often as the others", () => {
    const first = interleaved(["a", "b", "c"], { rounds: 3000, seed: 1 }).filter((_, index) => index % 3 === 0);
    for (const name of ["a", "b", "c"]) expect(first.filter((turn) => turn.name === name).length).toBeGreaterThan(900);
  });
});
