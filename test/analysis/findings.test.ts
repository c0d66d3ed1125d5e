import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FindingKind } from "../../src/analysis/findings.ts";
import { summarize } from "../../src/analysis/summarize.ts";
import { openRun } from "../../src/store/read-run.ts";
import { healthyStory } from "../fixtures/runs/stories.ts";
import { storeRun } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-findings-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const sound = healthyStory();
const at2000 = sound.plan.phases.map((phase) => (phase.kind === "load" ? { ...phase, ratePps: 2200 } : phase));

const CASES: [name: string, differs: Partial<Story>, kind: FindingKind, text: string][] = [
  ["interrupted", { state: "interrupted" }, "not-finished", "the run was interrupted"],
  [
    "late generator",
    { ticks: sound.ticks.map((tick, index) => (index < 2 ? { ...tick, behind: 200 } : tick)) },
    "generator-late",
    "the generator fell behind by up to 400 of 6,000 planned queries (6.7 %)",
  ],
  [
    "rate not reached",
    { plan: { ...sound.plan, phases: at2000 } },
    "rate-not-reached",
    "the load attempted 2,000 queries/s of the planned 2,200/s",
  ],
  ["foreign entries", { countAt: () => 7 }, "foreign-traffic", "the lab's table held 7 entries before anything was sent"],
  [
    "growth before the first phase",
    { phases: [{ from: 0.3, to: 0.5 }, { from: 0.5, to: 3.5 }], countAt: (atS) => (atS < 0.1 ? 0 : Math.max(9, sound.countAt(atS) ?? 0)) },
    "foreign-traffic",
    "the lab's table grew by 9 entries before the first phase began",
  ],
  [
    "counters missing",
    { columns: { stat: null } },
    "counters-missing",
    "this kernel does not show drop, early_drop, insert_failed, chaintoolong (/proc/net/stat/nf_conntrack is missing)",
  ],
  ["kernel log", { columns: { kernelLog: "EPERM" } }, "kernel-log-unreadable", "the kernel log could not be read: EPERM"],
  [
    "regime",
    { plan: { ...sound.plan, max: 16_384, setMax: 16_384 } },
    "unlike-production",
    "the regime is unlike production: max 16,384 is far below 262,144 buckets, so early drop hardly ever finds a victim",
  ],
  [
    "lost send",
    { ticks: sound.ticks.map((tick, index) => (index === 0 ? { ...tick, attempted: 101 } : tick)) },
    "accounting-broken",
    "the senders' books do not balance: 6,001 attempted, but 6,000 sent and 0 failed",
  ],
  [
    "lost answer",
    { ticks: sound.ticks.map((tick, index) => (index === 0 ? { ...tick, answered: {} } : tick)) },
    "accounting-broken",
    "the senders' books do not balance: 6,000 sent, but 5,888 answered, 12 unanswered, 0 late",
  ],
];

test.each(CASES)("%s", (_name, differs, kind, text) => {
  const { verdict } = summarize(openRun(storeRun(root, { ...sound, ...differs }))).summary;
  expect(verdict.findings).toEqual([{ kind, text }]);
});

test("a sound run raises no doubt", () => {
  expect(summarize(openRun(storeRun(root, sound))).summary.verdict.findings).toEqual([]);
});

test("gaps in the samples and damaged lines are told", () => {
  const directory = storeRun(root, sound);
  const file = path.join(directory, "kernel.ndjson");
  const lines = fs.readFileSync(file, "utf8").split("\n");
  lines.splice(100, 20);
  lines[200] = "{";
  fs.writeFileSync(file, lines.join("\n"));
  const { verdict } = summarize(openRun(directory)).summary;
  expect(verdict.findings).toEqual([
    { kind: "sampler-gaps", text: "the sampler paused 1 time for more than 10 intervals of 10 ms, at most 210 ms" },
    { kind: "damaged-records", text: "1 line of kernel.ndjson cannot be read, the first in line 201: left out" },
  ]);
});

test("a run that was cut short may have open queries, not lost ones", () => {
  const ticks = sound.ticks.map((tick, index) => (index >= 58 ? { ...tick, answered: {}, unanswered: 0, outstanding: 100 } : tick));
  const { verdict } = summarize(openRun(storeRun(root, { ...sound, ticks, state: "interrupted" }))).summary;
  expect(verdict.findings.map(({ kind }) => kind)).toEqual(["not-finished"]);
});
