import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { compareGroups } from "../../src/analysis/compare/compare.ts";
import { ranked, type TuneReport } from "../../src/analysis/compare/series.ts";
import { renderRemedies } from "../../src/report/remedies.ts";
import { renderTune } from "../../src/report/tune.ts";
import { aGroup, HEALTHY } from "../fixtures/compared-runs.ts";

const worse = { sends: { attempted: 100_000, answered: 15_000, retries: 0 }, attribution: { eperm: 85_000, explainedShare: 1 } };
const report: TuneReport = {
  scenario: "kernel-defaults",
  directory: "results/20261122T000000Z-tune-kernel-defaults-0000",
  rounds: 5,
  seed: 7,
  comparison: compareGroups(aGroup("baseline", 5), [aGroup("bigger-hash", 5, worse), aGroup("spread-sources", 5), aGroup("notrack", 5, HEALTHY)], { noise: 0.02 }),
  effects: { notrack: "mends", "spread-sources": "no difference", "bigger-hash": "worse" },
  refused: [{ name: "notrack-iptables", why: "iptables-nft is not installed" }],
  left: 2,
};

test("what helps comes first, what harms last", () => {
  expect(ranked(report.comparison).map(({ name, overall }) => [name, overall.word])).toEqual([["notrack", "better"], ["spread-sources", "no difference"], ["bigger-hash", "worse"]]);
});

test("one table of what helps, one of what it costs, and what was left out", async () => {
  const text = renderTune(report, { color: false, width: 100 });
  await expect(text).toMatchFileSnapshot("snapshots/tune.txt");
  expect(stripVTControlCharacters(renderTune(report, { color: true, width: 100 }))).toBe(text);
});

test("before any tuning has run there is no table", () => {
  expect(renderTune({ ...report, comparison: compareGroups(aGroup("baseline", 1), [], { noise: 0.02 }) }, { color: false, width: 80 })).toContain("No tuning has been measured yet.");
});

test("of one or two runs it says what they cannot tell, of three nothing", () => {
  const told = (rounds: number): boolean => /fewer\s+than\s+3\s+runs/.test(renderTune({ ...report, rounds }, { color: false, width: 100 }));
  expect([1, 2, 3].map(told)).toEqual([true, true, false]);
  const remedies = (rounds: number): boolean => /fewer\s+than\s+3\s+runs/.test(renderRemedies([{ ...report, rounds }], { color: false, width: 100 }));
  expect([1, 3].map(remedies)).toEqual([true, false]);
});
