import { expect, test } from "vitest";
import { Meter } from "../../../src/analysis/live/meter.ts";
import type { PlannedPhase } from "../../../src/plan/plan.ts";
import type { KernelRecord } from "../../../src/store/records.ts";
import { aTick, SECOND } from "../../fixtures/runs/story.ts";

const PHASES = [
  { kind: "fill", entries: 1000, threads: 1 },
  { kind: "load", durationMs: 5000, queries: null, threads: 2 },
  { kind: "rest", durationMs: 1000 },
] as unknown as PlannedPhase[];
const COLUMNS: KernelRecord = { type: "columns", atNs: 0, stat: ["drop", "early_drop"], net: null, kernelLog: "readable" };

function create(): { meter: Meter; at: (seconds: number) => void } {
  let nowNs = 0;
  return { meter: new Meter({ clock: { nowNs: () => nowNs }, phases: PHASES }), at: (seconds) => void (nowNs = seconds * SECOND) };
}

test("knows nothing at first", () => {
  const { meter } = create();
  expect(meter.take()).toEqual({
    atMs: 0, phase: 0, phases: 3, kind: "lab", elapsedMs: 0, plannedMs: null, left: { phaseMs: null, runMs: null, estimated: false }, count: null, max: null, growthPps: null,
    dropPps: null, earlyDropPps: null, plannedPps: null, attemptedPps: 0, epermPps: 0, otherErrorsPps: 0, answeredPps: 0, unansweredPps: 0, p50Ms: null, p99Ms: null,
    outstanding: 0, behind: 0, attempted: 0, eperm: 0, threads: null, kernelLine: null, kernelLog: null,
  });
});

test("tells the phase, the time in it and what is left, and the end", () => {
  const { meter, at } = create();
  at(4);
  meter.begin(1);
  at(4.5);
  expect(meter.take()).toMatchObject({ atMs: 4500, phase: 1, kind: "load", elapsedMs: 500, plannedMs: 5000, threads: 2, left: { phaseMs: 4500, runMs: 5500, estimated: false } });
  meter.begin(2);
  at(4.75);
  expect(meter.take()).toMatchObject({ phase: 2, kind: "rest", elapsedMs: 250, plannedMs: 1000, threads: null });
  meter.begin(3);
  expect(meter.take()).toMatchObject({ phase: 2, phases: 3, kind: "end", plannedMs: null, left: { runMs: null } });
});

test("adds up sends over the run, rates over the phase", () => {
  const { meter, at } = create();
  meter.begin(1);
  meter.addSenders([
    aTick({ atNs: 0.1 * SECOND, attempted: 300, failed: { EPERM: 90, ENOBUFS: 10 } }),
    { type: "failure", phase: 1, thread: 0, atNs: 0, errno: "EPERM", call: "send", source: "", destination: "", words: "" },
  ]);
  at(0.1);
  expect(meter.take()).toMatchObject({ attempted: 300, eperm: 90, attemptedPps: 3000, epermPps: 900 });
  meter.begin(2);
  expect(meter.take()).toMatchObject({ attempted: 300, eperm: 90, attemptedPps: 0, epermPps: 0 });
});

test("shows the last sample, also when it is unknown", () => {
  const { meter } = create();
  meter.addTable([COLUMNS, { type: "sample", atNs: 1, count: 10, max: 100 }, { type: "sample", atNs: 2, count: 11, max: 100 }]);
  expect([meter.take(), meter.take()]).toMatchObject([{ count: 11, max: 100 }, { count: 11, max: 100 }]);
  meter.addTable([{ type: "sample", atNs: 4, count: null, max: null }]);
  expect(meter.take()).toMatchObject({ count: null, max: null });
});

test("the table and the kernel log may come from two observers", () => {
  const { meter } = create();
  meter.addTable([{ ...COLUMNS, kernelLog: "left to the other observer" }]);
  expect(meter.take()).toMatchObject({ kernelLine: null, kernelLog: null });
  meter.addLog([COLUMNS, { type: "sample", atNs: 2, count: 3, max: 4 }, { type: "kernel-log", atNs: 3e6, kind: "table-full", suppressed: null, line: "table full" }, { type: "kernel-log", atNs: 4e6, kind: "suppressed", suppressed: 9, line: "9 suppressed" }]);
  expect(meter.take()).toMatchObject({ count: null, kernelLine: { text: "table full", atMs: 3 }, kernelLog: "readable" });
});
