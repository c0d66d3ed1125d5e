import { expect, test } from "vitest";
import { limitReport, limitReportSchema } from "../../src/analysis/limit-report.ts";
import type { Trial } from "../../src/analysis/trial.ts";
import type { Criterion, ModelLimit } from "../../src/plan/limit.ts";
import { renderLimit, renderTrial } from "../../src/report/limit.ts";

const EPERM: Criterion = { kind: "eperm" };
const range = { from: 100, to: 10_000, precision: 0.05 };
const trial = (ratePps: number, change: Partial<Trial> = {}): Trial => ({
  ratePps, verdict: "pass", epermShare: 0, lossShare: 0, peakShare: 0.5, reachedShare: 1, doubts: [], directory: `results/${ratePps}`, ...change,
});
const refused = (ratePps: number, share = 0.1): Trial => trial(ratePps, { verdict: "eperm", epermShare: share, lossShare: share, peakShare: 1 });
const unknown: ModelLimit = { known: false, unknown: ["the scenario's own rules", "a router"] };
const model = (passed: number | null, failed: number | null): ModelLimit => ({ known: true, bracket: { ...range, passed, failed } });

function told(ends: { passed: number | null; failed: number | null; finished?: boolean }, trials: Trial[], says: ModelLimit, criterion = EPERM): string {
  const { finished = true, ...bracket } = ends;
  const report = limitReport({ trials, bracket: { ...range, ...bracket }, finished }, says, { scenario: "x", criterion, repeat: 1 });
  expect(limitReportSchema.parse(structuredClone(report))).toEqual(report);
  return renderLimit(report, { color: false, width: 80 });
}
/** Limit and model, unwrapped. */
const ending = (text: string): string[] => text.slice(text.indexOf("  limit"), text.indexOf("  trials")).replaceAll(/\n {16}/g, " ").trim().split("\n");

test("a limit that was found, beside the model's", () => {
  const trials = [trial(100), refused(10_000, 0.8), trial(1000), { ...trial(1040.5), doubts: ["the fill fell short"] }, refused(1082)];
  expect(told({ passed: 1040.5, failed: 1082 }, trials, model(1070, 1071))).toMatchInlineSnapshot(`
    "find-limit  x: the highest rate without EPERM

          rate   EPERM    lost    table  verdict
         100/s   0.0 %   0.0 %   50.0 %  passes
       1,000/s   0.0 %   0.0 %   50.0 %  passes
       1,041/s   0.0 %   0.0 %   50.0 %  passes
       1,082/s  10.0 %  10.0 %  100.0 %  EPERM
      10,000/s  80.0 %  80.0 %  100.0 %  EPERM

      limit         1,041/s: no EPERM there, EPERM at 1,082/s (4.0 % above)
      model         1,070/s: 97.2 % agreement, within the bracket
      trials        5 runs, each stored; the last in results/1082

      ! 1,041/s: the fill fell short
    "
  `);
});

test.each([
  ["above", told({ passed: 10_000, failed: null }, [trial(100), trial(10_000)], model(10_000, null)),
    "no EPERM even at 10,000/s: look higher with --to", "no EPERM even at 10,000/s"],
  ["below", told({ passed: null, failed: 100 }, [refused(100)], model(50.5, 51)), "EPERM even at 100/s: look lower with --from", "50.5/s"],
  ["the generator's", told({ passed: 100, failed: 10_000 }, [trial(100), trial(10_000, { verdict: "generator", reachedShare: 0.5 })], unknown),
    "not found: no EPERM up to 100/s, and the generator could not reach 10,000/s. That is a limit of the generator here, not of the table: try --threads, --outstanding or --strategy sweep",
    "no limit: it does not know the scenario's own rules and a router"],
  ["interrupted", told({ passed: 100, failed: 1000, finished: false }, [trial(100), refused(1000)], model(500, 501)),
    "not known: interrupted; so far no EPERM at 100/s, EPERM at 1,000/s", "500/s"],
  ["interrupted at once", told({ passed: null, failed: null, finished: false }, [], model(null, 100)), "not known: interrupted", "EPERM even at 100/s"],
  ["of loss", told({ passed: 1000, failed: 1050 }, [trial(1000), trial(1050, { verdict: "loss" })], model(900, 901), { kind: "loss", most: 0.01 }),
    "1,000/s: at most 1.0 % lost there, more lost at 1,050/s (5.0 % above)", "900/s: 90.0 % agreement"],
])("%s", (_, text, limit, says) => expect(ending(text)).toEqual([`limit         ${limit}`, `  model         ${says}`]));

test("a line for each trial", () => {
  expect(renderTrial(refused(1082), { number: 3, most: 9 })).toBe("trial 3 of at most 9: 1,082/s  EPERM 10.0 %, lost 10.0 %, table 100.0 %: EPERM");
  expect(renderTrial(trial(3.5, { verdict: "generator", reachedShare: 0.5, peakShare: null }), { number: 1, most: 9 })).toBe(
    "trial 1 of at most 9: 3.5/s  EPERM 0.0 %, lost 0.0 %, table unknown: not reached (50.0 % of the rate)",
  );
});
