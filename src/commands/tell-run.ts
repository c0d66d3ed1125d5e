import type { Regression } from "../analysis/compare/regression.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import { EXIT } from "../errors.ts";
import { regressionLine, renderRegression } from "../report/regression.ts";
import { summarizeStored } from "../run/summarize-stored.ts";
import type { RunEnd } from "../run/supervise.ts";
import { keepReference } from "../store/run-directory.ts";
import { type Baseline, compareWithBaseline } from "./baseline.ts";
import { printReport } from "./report.ts";
import { reportStyle } from "./terminal.ts";

interface Telling {
  json: boolean;
  results: string;
  "keep-as-reference": boolean;
  baseline: Baseline | null;
  /** Called when all is known and nothing is printed yet. */
  onSummarized(): void;
}

/** What a run came to. */
interface Outcome {
  code: number;
  report: ToldRun;
  regression: Regression | null;
}

/** Prints the report of a run that has ended, holds it against the baseline where there is one, and keeps it where that was asked. */
export function tellRun(end: RunEnd, { baseline, json, onSummarized, results, "keep-as-reference": keeps }: Telling): Outcome {
  const report = summarizeStored(end.directory, { keep: true });
  onSummarized();
  printReport(report, { json });
  const regression = baseline === null ? null : compareWithBaseline(baseline, report);
  if (baseline !== null && regression !== null) printRegression(regression, { baseline, json });
  const failed = isFailure(report) || regression?.word === "worse";
  if (keeps) keep({ report, failed, results });
  return { code: end.state === "interrupted" ? EXIT.interrupted : failed ? EXIT.expectationFailed : EXIT.ok, report, regression };
}

/** With --json, standard output is the summary's alone. */
function printRegression(regression: Regression, { baseline: { directory }, json }: { baseline: Baseline; json: boolean }): void {
  if (json) process.stderr.write(`against ${directory}: ${regressionLine(regression)}\n`);
  else process.stdout.write(renderRegression(regression, { ...reportStyle(), baseline: directory }));
}

function keep({ failed, report, results }: { failed: boolean; report: ToldRun; results: string }): void {
  const { run, summary } = report;
  if (failed || summary.run.state !== "finished") {
    process.stderr.write("not kept as a reference: the run is not as it should be\n");
    return;
  }
  process.stderr.write(`kept as ${keepReference({ root: results, run, scenario: summary.run.scenario, summary })}\n`);
}

function isFailure({ summary: { expectation, run, thresholds } }: ToldRun): boolean {
  return run.state === "stopped" || expectation.met === false || thresholds.some(({ passed }) => passed === false);
}
