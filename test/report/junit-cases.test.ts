import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { summarize } from "../../src/analysis/summarize.ts";
import type { Summary } from "../../src/analysis/summary.ts";
import { suiteNotRun, suiteOfRun } from "../../src/report/junit-cases.ts";
import type { JunitSuite } from "../../src/report/junit.ts";
import { readScenario } from "../../src/scenario/load.ts";
import { openRun } from "../../src/store/read-run.ts";
import { tableFullStory } from "../fixtures/runs/stories.ts";
import { storeRun } from "../fixtures/runs/story.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-junit-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const common = { abortOnFail: false, unknown: null } as const;
const THRESHOLDS: Summary["thresholds"] = [
  { ...common, metric: "eperm_share", threshold: "rate<0.01", value: 0.719, passed: false },
  { ...common, metric: "onset", threshold: "value>100", value: 655, passed: true },
  { ...common, metric: "latency", threshold: "p(99)<5", value: null, passed: null, unknown: "nothing was answered" },
];

function suite(differs: (summary: Summary) => Partial<Summary>): JunitSuite {
  const stored = openRun(storeRun(root, tableFullStory()));
  const told = summarize(stored);
  return suiteOfRun({ summary: { ...told.summary, thresholds: THRESHOLDS, ...differs(told.summary) }, run: stored.run }, null);
}

test("one case for the verdict and one for each threshold", () => {
  expect(suite(() => ({})).cases).toEqual([
    { name: "verdict: table-full", outcome: { kind: "passed" } },
    { name: "threshold eperm_share: rate<0.01", outcome: { kind: "failed", message: "crossed: eperm_share: rate<0.01 (71.9 %)" } },
    { name: "threshold onset: value>100", outcome: { kind: "passed" } },
    { name: "threshold latency: p(99)<5", outcome: { kind: "skipped", message: "latency: p(99)<5 (unknown: nothing was answered)" } },
  ]);
});

test("another verdict fails, none expected skips, a run cut short is an error", () => {
  expect(suite(() => ({ expectation: { expected: "healthy", met: false } })).cases[0]).toMatchObject({ name: "verdict: healthy", outcome: { kind: "failed" } });
  expect(suite(() => ({ expectation: { expected: null, met: null } })).cases[0]).toMatchObject({ name: "verdict", outcome: { kind: "skipped" } });
  expect(suite(({ run }) => ({ run: { ...run, state: "interrupted" } })).cases[0]).toMatchObject({ outcome: { kind: "error", message: "the run was interrupted" } });
});

test("a run that never began has the same cases", () => {
  const { scenario } = readScenario('name: x\nexpect: healthy\nphases: [{ rest: { duration: 2s } }]\nthresholds: { latency: ["p(99)<50"] }', "f.yaml");
  const outcome = { kind: "skipped", message: "nf_conntrack is not loaded" } as const;
  expect(suiteNotRun(scenario, { startedAt: new Date(0), outcome, baseline: true })).toMatchObject({
    name: "tablefull.x",
    cases: [{ name: "verdict: healthy", outcome }, { name: "threshold latency: p(99)<50", outcome }, { name: "baseline", outcome }],
  });
});
