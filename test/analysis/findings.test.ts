import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FindingKind } from "../../src/analysis/findings.ts";
import { summarize } from "../../src/analysis/summarize.ts";
import { openRun } from "../../src/store/read-run.ts";
import { leftoversStory } from "../fixtures/runs/causes.ts";
import { healthyStory, heldBackStory, tableFullStory } from "../fixtures/runs/stories.ts";
import { SECOND, storeRun } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-findings-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const sound = healthyStory();
const paced = heldBackStory();
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
  [
    "a few queries dropped",
    { ticks: paced.ticks.map((tick, index) => ({ ...tick, planned: 102, dropped: 2, outstanding: index === 7 ? 3 : 0 })) },
    "generator-late",
    "120 of 6,120 planned queries were dropped (2.0 %)",
  ],
  [
    "many queries dropped",
    { ...paced, name: sound.name },
    "rate-not-reached",
    "1,500 of 7,500 planned queries were dropped (20.0 %), more than 100 ms behind: as many as may be outstanding (40) awaited their answers",
  ],
  [
    "queries that went late",
    { ticks: paced.ticks.map((tick) => ({ ...tick, planned: 100, dropped: 0, outstanding: 0 })), durations: { lateness: [...Array.from({ length: 98 }, () => 0.1), 60, 70] } },
    "generator-late",
    "queries went out late: one in a hundred by 60 ms or more, at most 70 ms",
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
  [
    "no C library",
    { plan: { ...sound.plan, libc: false } },
    "no-libc",
    "the C library could not be called here (koffi does not load): Node's own sockets filled and sent, which is slower, and latencies hold the waits of its event loop",
  ],
  ["kernel log", { columns: { kernelLog: "EPERM" } }, "kernel-log-unreadable", "the kernel log could not be read: EPERM"],
  [
    "regime",
    { plan: { ...sound.plan, max: 16_384, setMax: 16_384 } },
    "unlike-production",
    "the regime is unlike production: max 16,384 is far below 262,144 buckets, so early drop rarely finds a victim",
  ],
];

test.each(CASES)("%s", (_name, differs, kind, text) => {
  const { verdict } = summarize(openRun(storeRun(root, { ...sound, ...differs }))).summary;
  expect(verdict.findings).toEqual([{ kind, text }]);
});

const full = tableFullStory();
const filled = { type: "filled", atNs: 3.9 * SECOND, phase: 0, flows: 130_419, replied: 130_419, confirmed: 130_419, repaired: 0, failed: {} } as const;

const leftovers = leftoversStory();
const inserted = leftovers.events[0] as Extract<Story["events"][number], { type: "filled" }>;

const LAB_CASES: [name: string, story: Story, kind: FindingKind, texts: string[]][] = [
  ["a fill as planned", { ...full, events: [filled, filled] }, "fill-short", []],
  [
    "a fill without all its answers",
    { ...full, events: [filled, { ...filled, replied: 130_000, confirmed: 129_000, failed: { ENOBUFS: 3 } }] },
    "fill-short",
    [
      "419 of 260,838 flows of the fill got no answer: they are not what was planned",
      "1,419 of 260,838 flows of the fill are not known to be ASSURED",
      "sends of the fill failed: 3 ENOBUFS",
    ],
  ],
  ["an insertion as planned", { ...leftovers }, "fill-short", []],
  ["what was inserted is not foreign", { ...leftovers }, "other-protocols", []],
  [
    "an insertion that the kernel refused in part",
    { ...leftovers, events: [{ ...inserted, failed: { EEXIST: 2, ENOMEM: 30 } }] },
    "fill-short",
    ["entries that the fill inserted were refused: 2 EEXIST, 30 ENOMEM"],
  ],
  [
    "a fill that left fewer entries",
    { ...full, countAt: (atS) => (full.countAt(atS) ?? 0) >> 1 },
    "fill-short",
    ["the fill fell short: 130,419 of 260,838 planned entries when it ended (50.0 %)"],
  ],
  [
    "a fill where nothing is tracked",
    { ...full, plan: { ...full.plan, tracking: false }, countAt: () => 0 },
    "fill-short",
    [],
  ],
  [
    "a limit changed by another process",
    { ...full, maxAt: (atS) => (atS < 5 ? 262_144 : 524_288) },
    "max-changed",
    ["nf_conntrack_max changed from 262,144 to 524,288, seen 5.000 s after the start: another process set it"],
  ],
  [
    "a limit that is not the planned one",
    { ...full, maxAt: () => 524_288 },
    "max-changed",
    ["nf_conntrack_max was 524,288 when the run began, not the planned 262,144"],
  ],
  [
    "a server that died",
    { ...full, events: [{ type: "server-died", atNs: 3.2 * SECOND, server: "embedded resolver", why: "ended with SIGKILL" }] },
    "server-died",
    ["the embedded resolver died 3.2 s after the start: ended with SIGKILL"],
  ],
  [
    "receive buffers",
    { ...full, netAt: (atS) => (atS < 5 ? {} : { "Udp.RcvbufErrors": 27_453, "Udp.InErrors": 27_453 }) },
    "receive-buffer",
    ["27,453 answers or queries were lost in a full receive buffer in this namespace (Udp.RcvbufErrors): the load was faster than its receiver"],
  ],
  [
    "damage and closed ports",
    { ...full, netAt: (atS) => (atS < 5 ? {} : { "Udp.InErrors": 70, "Udp.NoPorts": 80 }) },
    "receive-buffer",
    [
      "70 datagrams were discarded on receipt for another reason than a full buffer (Udp.InErrors)",
      "80 datagrams came for a port that nobody listened on (Udp.NoPorts): a socket was closed before its answer came, or no resolver was there",
    ],
  ],
  [
    "what a silent resolver discards",
    { ...full, plan: { ...full.plan, resolver: "silent" }, netAt: (atS) => (atS < 5 ? {} : { "Udp.InErrors": full.ticks.reduce((sum, { sent }) => sum + sent, 0) }) },
    "receive-buffer",
    [],
  ],
  ["a count that cannot be read", { ...full, countAt: () => null }, "counters-missing", ["nf_conntrack_count could not be read in any sample"]],
  ["a max that cannot be read", { ...full, maxAt: (atS) => (atS < 7.495 ? 262_144 : null) }, "counters-missing", ["nf_conntrack_max could not be read in 1 of 751 samples"]],
];

test.each(LAB_CASES)("%s", (_name, story, kind, texts) => {
  const { verdict } = summarize(openRun(storeRun(root, story))).summary;
  expect(verdict.findings.filter((finding) => finding.kind === kind).map(({ text }) => text)).toEqual(texts);
});

test("why a run was interrupted is told once", () => {
  const events: Story["events"] = [{ type: "stopped", atNs: SECOND, why: "interrupted" }];
  const { verdict } = summarize(openRun(storeRun(root, { ...sound, state: "interrupted", events }))).summary;
  expect(verdict.findings).toEqual([{ kind: "not-finished", text: "the run was interrupted" }]);
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
