import fc from "fast-check";
import { expect, test } from "vitest";
import { matchFlows } from "../../src/analysis/match-flows.ts";

const amounts = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Maximum flow by Hall's condition: the least that any run of wants must leave open. */
function most(wanted: readonly number[], offered: readonly number[], reach: number): number {
  let open = 0;
  // Deficits of disjoint runs of wants add up where their neighbourhoods do; the best split is found run by run.
  const best = Array.from({ length: wanted.length + 1 }, () => 0);
  for (let end = 1; end <= wanted.length; end += 1) {
    best[end] = best[end - 1] ?? 0;
    for (let start = 0; start < end; start += 1) {
      const within = sum(wanted.slice(start, end)) - sum(offered.slice(Math.max(0, start - reach), end + reach));
      // A run before this one whose neighbourhood does not overlap.
      for (let before = 0; before <= Math.max(0, start - 2 * reach); before += 1) {
        best[end] = Math.max(best[end] ?? 0, (best[before] ?? 0) + within);
      }
      best[end] = Math.max(best[end] ?? 0, within);
    }
    open = Math.max(open, best[end] ?? 0);
  }
  return sum(wanted) - open;
}

test("matches as much as can be, and never what is out of reach", () => {
  fc.assert(
    fc.property(amounts, amounts, fc.integer({ min: 0, max: 4 }), (wanted, other, reach) => {
      const offered = wanted.map((_, index) => other[index] ?? 0);
      const { matched, left } = matchFlows({ wanted, offered, reach });
      expect(sum(matched)).toBe(sum(offered) - sum(left));
      expect(sum(matched)).toBe(most(wanted, offered, reach));
      for (const [index, part] of matched.entries()) {
        expect(part).toBeLessThanOrEqual(wanted[index] ?? 0);
        expect(left[index]).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test("a border between slices does not make a refusal unexplained, a minute does", () => {
  expect(matchFlows({ wanted: [0, 5, 0], offered: [2, 0, 3], reach: 1 }).matched).toEqual([0, 5, 0]);
  expect(matchFlows({ wanted: [0, 0, 0, 5], offered: [5, 0, 0, 0], reach: 1 }).matched).toEqual([0, 0, 0, 0]);
});
