import { expect, test } from "vitest";
import { compareGroups } from "../../../src/analysis/compare/compare.ts";
import { type Effect, effectsOf } from "../../../src/analysis/compare/remedies.ts";
import { aGroup, HEALTHY } from "../../fixtures/compared-runs.ts";

type Summary = Parameters<typeof aGroup>[2];
const answered = (count: number, eperm: number): Summary => ({ sends: { attempted: 100_000, answered: count, retries: 0 }, attribution: { eperm, explainedShare: 1 } });
const BASE = aGroup("baseline", 5);

const CASES: [Effect, string, Summary][] = [
  ["mends", "nothing fails any more", HEALTHY],
  ["mends", "nothing is tracked any more", { ...HEALTHY, verdict: { cause: "untracked" } }],
  ["mends", "the table is full and nobody sees it", { ...HEALTHY, verdict: { cause: "early-drop-masked" } }],
  ["eases", "fewer fail", answered(60_000, 40_000)],
  ["moves", "EPERM became silence", { ...answered(23_200, 0), verdict: { cause: "elsewhere" } }],
  ["moves", "fewer EPERM, as few answers", answered(23_200, 20_000)],
  ["no difference", "the same", {}],
  ["worse", "more fail", answered(15_000, 85_000)],
];

test.each(CASES)("%s: %s", (effect, _, summary) => {
  expect(effectsOf(compareGroups(BASE, [aGroup("tuned", 5, summary)], { noise: 0.02 }))).toEqual({ tuned: effect });
});

test("where nothing failed nothing is mended", () => {
  const comparison = compareGroups(aGroup("baseline", 5, HEALTHY), [aGroup("tuned", 5, HEALTHY), aGroup("untracked", 5, { ...HEALTHY, verdict: { cause: "untracked" } })], { noise: 0.02 });
  expect(effectsOf(comparison)).toEqual({ tuned: "no difference", untracked: "moves" });
});

test("what nothing can be concluded of is not mended", () => {
  const comparison = compareGroups(aGroup("baseline", 2), [aGroup("tuned", 2, answered(23_900, 76_100))], { noise: 0.02 });
  expect(effectsOf(comparison)).toEqual({ tuned: "cannot tell" });
});
