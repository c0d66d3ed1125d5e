import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderReport } from "../../src/report/terminal.ts";
import type { SentCounterRecord } from "../../src/store/event-records.ts";
import { healthyStory, tableFullStory } from "../fixtures/runs/stories.ts";
import { SECOND } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";
import { toldRun } from "../fixtures/runs/told.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-kernel-count-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

/** The counter before and after the load; it had counted 1,000 packets of a fill by then. */
function counted(packets: number | null, why: string | null = null): SentCounterRecord[] {
  const record = { type: "sent-counter", phase: 1, why } as const;
  return [
    { ...record, atNs: 4 * SECOND, moment: "start", packets: why === null ? 1000 : null },
    { ...record, atNs: 7.1 * SECOND, moment: "end", packets: packets === null ? null : 1000 + packets },
  ];
}

const full = tableFullStory();

/** The story with 100 of its sends refused by the queue of the device. */
function withEnobufs(story: Story): Story {
  return { ...story, ticks: story.ticks.map((tick, index) => (index === 0 ? { ...tick, attempted: tick.attempted + 100, failed: { ENOBUFS: 100 } } : tick)) };
}

const CASES: [name: string, story: Story, books: object, findings: string[], proof: string | null, row: string][] = [
  [
    "all that was sent",
    { ...full, events: counted(1684) },
    { kernelPackets: 1684, kernelAgrees: true, kernelUnknown: null },
    [],
    "the kernel saw 1,684 packets leave = 1,684 sent",
    "balance, for 2 threads and in total; the kernel saw 1,684 packets leave",
  ],
  [
    "what the queue refused",
    withEnobufs({ ...full, events: counted(1784) }),
    { kernelPackets: 1784, kernelAgrees: true },
    [],
    "the kernel saw 1,784 packets leave = 1,684 sent + 100 ENOBUFS",
    "the kernel saw 1,784 packets leave",
  ],
  [
    "what a rule at egress refused with ENOBUFS",
    withEnobufs({ ...full, events: counted(1684) }),
    { kernelPackets: 1684, kernelAgrees: true },
    [],
    "the kernel saw 1,684 packets leave = 1,684 sent",
    "the kernel saw 1,684 packets leave",
  ],
  [
    "what a rule and the queue refused",
    withEnobufs({ ...full, events: counted(1700) }),
    { kernelPackets: 1700, kernelAgrees: true },
    [],
    "the kernel saw 1,700 packets leave: 1,684 sent, and some of 100 ENOBUFS",
    "the kernel saw 1,700 packets leave",
  ],
  [
    "one more than the queue can have refused",
    withEnobufs({ ...full, events: counted(1785) }),
    { kernelPackets: 1785, kernelAgrees: false },
    ["the kernel saw 1,785 packets leave for the resolver in phase 2, 1 more than the load sent: another program asked it too"],
    null,
    "the kernel saw 1,785 packets leave: NOT THE SAME, see Doubts",
  ],
  [
    "one fewer than were sent",
    { ...full, events: counted(1683) },
    { kernelPackets: 1683, kernelAgrees: false },
    ["the kernel saw 1,683 packets leave for the resolver in phase 2, but send() took 1,684: 1 was lost before the device, without an error"],
    null,
    "NOT THE SAME, see Doubts",
  ],
  ["a kernel without the hook", { ...full, events: counted(null, "no egress hook") }, { kernelPackets: null, kernelAgrees: null, kernelUnknown: "no egress hook" }, [], null, "not checked against the kernel: no egress hook"],
  ["a run of before", full, { kernelPackets: null, kernelAgrees: null }, [], null, "not checked against the kernel: this run has no such count"],
  ["a run that was cut short", { ...full, events: counted(1684).slice(0, 1) }, { kernelPackets: null }, [], null, "the run ended before its load did"],
  ["a counter that somebody reset", { ...full, events: counted(-7) }, { kernelPackets: null }, [], null, "somebody reset the counter"],
  ["a rule that rewrites destinations", { ...full, events: counted(0), ruleset: "udp dport 53 dnat to 127.0.0.99" }, { kernelPackets: null }, [], null, "a rule here rewrites where packets go to"],
  [
    "queries that are no datagrams",
    { ...full, events: counted(9), plan: { ...full.plan, phases: full.plan.phases.map((phase) => ({ ...phase, strategy: "tcp-per-query" })) } },
    { kernelPackets: null },
    [],
    null,
    "a query over tcp-per-query is not one datagram",
  ],
];

describe("the kernel's own count of packets", () => {
  test.each(CASES)("%s", (_name, story, books, findings, proof, row) => {
    const told = toldRun(root, story);
    expect(told.summary.books).toMatchObject({ balanced: true, ...books });
    expect(told.summary.verdict.findings.filter(({ kind }) => kind === "kernel-count").map(({ text }) => text)).toEqual(findings);
    expect(told.summary.verdict.evidence.filter((text) => text.includes("packets leave"))).toEqual(proof === null ? [] : [proof]);
    // The cause may be doubted by whoever reads; the books are the senders' own.
    expect(told.summary.verdict.doubtful).toBe(false);
    expect(renderReport(told, { color: false, width: 200 })).toContain(row);
  });

  test("says nothing where there was no load", () => {
    const rest = { ...healthyStory(), ticks: [], phases: [{ from: 0, to: 0.5 }] };
    expect(toldRun(root, rest).summary.books).toMatchObject({ kernelPackets: null, kernelUnknown: "there was no load" });
  });
});
