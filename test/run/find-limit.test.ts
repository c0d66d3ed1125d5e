import { expect, test } from "vitest";
import type { Trial } from "../../src/analysis/trial.ts";
import { findLimit } from "../../src/run/find-limit.ts";
import { bracketOf } from "../../src/search/bisection.ts";

const BRACKET = bracketOf({ from: 100, to: 10_000, precision: 0.5 });
const trial = (ratePps: number, passes: boolean): Trial => ({
  ratePps, verdict: passes ? "pass" : "eperm", epermShare: 0, lossShare: 0, peakShare: 1, reachedShare: 1, doubts: [], directory: "",
});

test("a rate passes only if all its repeats pass, and one that failed is not tried again", async () => {
  const tried: number[] = [];
  const { trials, bracket, finished } = await findLimit({ bracket: BRACKET, repeat: 3 }, async (ratePps) => {
    tried.push(ratePps);
    // At 1000/s only the third trial fails.
    return trial(ratePps, ratePps < 1000 || (ratePps === 1000 && tried.filter((rate) => rate === 1000).length < 3));
  });
  expect(tried).toEqual([100, 100, 100, 10_000, 1000, 1000, 1000, 316, 316, 316, 562, 562, 562, 750, 750, 750]);
  expect(trials.map(({ ratePps }) => ratePps)).toEqual(tried);
  expect(bracket).toMatchObject({ passed: 750, failed: 1000 });
  expect(finished).toBe(true);
});

test("an interrupted trial ends the search with what is known", async () => {
  let left = 3;
  const { trials, bracket, finished } = await findLimit({ bracket: BRACKET, repeat: 1 }, async (ratePps) => (left-- > 0 ? trial(ratePps, ratePps < 2000) : null));
  expect(trials.map(({ ratePps }) => ratePps)).toEqual([100, 10_000, 1000]);
  expect(bracket).toMatchObject({ passed: 1000, failed: 10_000 });
  expect(finished).toBe(false);
});
