import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { compareGroups } from "../../src/analysis/compare/compare.ts";
import { effectsOf } from "../../src/analysis/compare/remedies.ts";
import type { TuneReport } from "../../src/analysis/compare/series.ts";
import { renderRemedies } from "../../src/report/remedies.ts";
import { aGroup, HEALTHY } from "../fixtures/compared-runs.ts";

const worse = { sends: { attempted: 100_000, answered: 15_000, retries: 0 }, attribution: { eperm: 85_000, explainedShare: 1 } };
const masked = { ...HEALTHY, verdict: { cause: "early-drop-masked" as const } };

function report(scenario: string, comparison: TuneReport["comparison"]): TuneReport {
  return { scenario, directory: "results/series", rounds: 5, seed: 7, comparison, effects: effectsOf(comparison), refused: [{ name: "notrack-iptables", why: "iptables-nft is not installed" }], left: 0 };
}

test("for each scenario what mends its failure, and what does not", () => {
  const reports = [
    report("kernel-defaults", compareGroups(aGroup("baseline", 5), [aGroup("bigger-hash", 5, worse), aGroup("spread-sources", 5), aGroup("notrack", 5, HEALTHY), aGroup("notrack-one-way", 5, masked)], { noise: 0.02 })),
    report("healthy", compareGroups(aGroup("baseline", 5, HEALTHY), [aGroup("notrack", 5, { ...HEALTHY, verdict: { cause: "untracked" } })], { noise: 0.02 })),
  ];
  const text = renderRemedies(reports, { color: false, width: 80 });
  expect(text).toMatchInlineSnapshot(`
    "Remedies for 2 scenarios

    kernel-defaults  table-full
      mends it      notrack, notrack-one-way (early-drop-masked)
      no difference spread-sources
      makes worse   bigger-hash
      does not fit  notrack-iptables

    healthy  healthy
      other verdict notrack (untracked)
      does not fit  notrack-iptables
    "
  `);
  expect(stripVTControlCharacters(renderRemedies(reports, { color: true, width: 80 }))).toBe(text);
});
