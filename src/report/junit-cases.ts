import type { Regression } from "../analysis/compare/regression.ts";
import type { Summary } from "../analysis/summary.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { JunitOutcome, JunitSuite } from "./junit.ts";
import { regressionLine } from "./regression.ts";
import { thresholdText } from "./sections/thresholds.ts";

type Case = JunitSuite["cases"][number];

const BASELINE = "baseline";

/** Why a run that ended early cannot be told as one that finished. */
const CUT_SHORT: Record<Summary["run"]["state"], string | null> = {
  finished: null,
  stopped: null,
  interrupted: "the run was interrupted",
  failed: "the run failed",
  running: "the run was killed",
};

/** A run as a suite of test cases; with one more where it was held against a baseline. */
export function suiteOfRun({ run, summary }: Pick<ToldRun, "run" | "summary">, regression: Regression | null): JunitSuite {
  const { sentence, evidence } = summary.verdict;
  const { cpus, kernel, tablefull } = run.environment;
  return {
    name: suiteName(summary.run.scenario),
    startedAt: new Date(summary.run.startedAt),
    durationMs: summary.run.durationMs ?? 0,
    properties: {
      verdict: summary.verdict.cause,
      run: summary.run.id,
      kernel,
      cpus: String(cpus),
      max: String(summary.table.max ?? "unknown"),
      buckets: String(summary.table.buckets ?? "unknown"),
      tablefull,
    },
    cases: [...casesOfRun(summary), ...(regression === null ? [] : [{ name: BASELINE, outcome: baselineOutcome(regression) }])],
    output: [sentence, ...evidence].join("\n"),
  };
}

/** The suite of a run that never began. */
export function suiteNotRun(scenario: Scenario, { baseline, outcome, startedAt }: { baseline: boolean; outcome: JunitOutcome; startedAt: Date }): JunitSuite {
  const cases = [...casesNotRun(scenario, outcome), ...(baseline ? [{ name: BASELINE, outcome }] : [])];
  return { name: suiteName(scenario.name), startedAt, durationMs: 0, properties: {}, cases, output: "" };
}

function suiteName(scenario: string): string {
  return `tablefull.${scenario}`;
}

/** Its verdict, and one for each threshold. */
function casesOfRun(summary: Summary): Case[] {
  const cutShort = CUT_SHORT[summary.run.state];
  return [
    { name: verdictName(summary.expectation.expected), outcome: cutShort === null ? verdictOutcome(summary) : { kind: "error", message: cutShort } },
    ...summary.thresholds.map((told): Case => ({ name: thresholdName(told.metric, told.threshold), outcome: thresholdOutcome(told) })),
  ];
}

/** The same test cases for a run that never began. */
function casesNotRun({ expect, thresholds }: Scenario, outcome: JunitOutcome): Case[] {
  return [{ name: verdictName(expect), outcome }, ...thresholds.map(({ metric, text }): Case => ({ name: thresholdName(metric, text), outcome }))];
}

function verdictName(expected: string | null): string {
  return expected === null ? "verdict" : `verdict: ${expected}`;
}

function thresholdName(metric: string, text: string): string {
  return `threshold ${metric}: ${text}`;
}

function verdictOutcome({ expectation, verdict }: Summary): JunitOutcome {
  if (expectation.met === null) return { kind: "skipped", message: `the scenario expects no verdict; it is ${verdict.cause}` };
  return expectation.met ? { kind: "passed" } : { kind: "failed", message: `${verdict.cause}: ${verdict.sentence}` };
}

function thresholdOutcome(told: Summary["thresholds"][number]): JunitOutcome {
  if (told.passed === null) return { kind: "skipped", message: thresholdText(told) };
  return told.passed ? { kind: "passed" } : { kind: "failed", message: `crossed: ${thresholdText(told)}` };
}

function baselineOutcome(regression: Regression): JunitOutcome {
  const message = regressionLine(regression);
  if (regression.word === "cannot tell") return { kind: "skipped", message };
  return regression.word === "worse" ? { kind: "failed", message } : { kind: "passed" };
}
