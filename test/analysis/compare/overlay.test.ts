import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunGroup } from "../../../src/analysis/compare/compared-run.ts";
import { overlayGroups, runCurves } from "../../../src/analysis/compare/overlay.ts";
import { aComparedRun } from "../../fixtures/compared-runs.ts";
import { healthyStory, tableFullStory } from "../../fixtures/runs/stories.ts";
import { aTick, SECOND } from "../../fixtures/runs/story.ts";
import type { Story } from "../../fixtures/runs/story.ts";
import { toldRun } from "../../fixtures/runs/told.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-overlay-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const group = (name: string, ...stories: Story[]): RunGroup => ({
  name,
  runs: stories.map((story, index) => {
    const curves = runCurves(toldRun(root, story));
    return { ...aComparedRun(`${name}-${index}`), ...(curves === null ? {} : { curves }) };
  }),
});

/** A load of 1 s from an instant on: each tick of one thread answers as many as `answers` says. */
function answering(fromS: number, answers: (tick: number) => number): Story {
  const whole = healthyStory();
  const ticks = Array.from({ length: 10 }, (_, index) => aTick({ phase: 1, atNs: Math.round((fromS + (index + 1) / 10) * SECOND), attempted: 100, sent: 100, answered: { NOERROR: answers(index) }, latenciesUs: { 992: answers(index) } }));
  return { ...whole, phases: [{ from: 0, to: fromS }, { from: fromS, to: fromS + 1 }], endS: fromS + 1.5, ticks, latencies: [[1]] };
}

test("runs begin with their loads, wherever those lie on the grid of the bins", () => {
  const { atS, groups } = overlayGroups([group("a", ...[0.5, 0.512, 0.533, 0.55, 0.579, 0.598].map((fromS) => answering(fromS, (tick) => 10 * tick)))]);
  expect(atS.slice(0, 10)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((second) => expect.closeTo(second, 9)));
  const { high, low, middle } = groups[0]?.curves.answered ?? { high: [], low: [], middle: [] };
  const expected = Array.from({ length: 10 }, (_, tick) => expect.closeTo(100 * tick, 6));
  for (const values of [low, middle, high]) expect(values.slice(0, 10)).toEqual(expected);
});

test("at each step the middle run stands between the lowest and the highest; the latency is that of all", () => {
  const { groups } = overlayGroups([group("a", ...[10, 30, 90].map((each) => answering(0.5, () => each)))]);
  const { curves, percentiles, runs } = groups[0] ?? {};
  expect(runs).toBe(3);
  expect([curves?.answered.low[4], curves?.answered.middle[4], curves?.answered.high[4]]).toEqual([100, 300, 900].map((value) => expect.closeTo(value, 6)));
  expect(curves?.p99.middle[4]).toBeCloseTo(1.023, 3);
  expect(percentiles?.length).toBeGreaterThan(1);
});

test("what the kernel or a run of before did not tell is a gap, and what was counted adds up", () => {
  const story = tableFullStory();
  const { summary } = toldRun(root, story);
  const { curves } = overlayGroups([group("a", story)]).groups[0] ?? {};
  expect(curves?.p99.middle.every((value) => value === null)).toBe(true);
  const total = (curves?.eperm.middle ?? []).reduce((sum: number, value) => sum + (value ?? 0) / 10, 0);
  expect(Math.round(total)).toBe(summary.attribution.eperm);
  expect(Math.max(...(curves?.occupancy.middle ?? []).map((value) => value ?? 0))).toBe(1);
});

test("steps of a long run are as wide as they must be, and short ones are widened beside it", () => {
  const long: Story = { ...answering(0.5, () => 100), phases: [{ from: 0, to: 0.5 }, { from: 0.5, to: 200 }], endS: 200.5 };
  const { atS, groups } = overlayGroups([group("long", long), group("short", answering(0.5, () => 100))]);
  expect(atS.length).toBeLessThanOrEqual(512);
  expect(atS[1]).toBeCloseTo(0.4, 9);
  expect(groups.map(({ curves }) => curves.answered.middle[0])).toEqual([expect.closeTo(1000, 6), expect.closeTo(1000, 6)]);
  expect(groups.map(({ curves }) => curves.answered.middle.length)).toEqual([atS.length, atS.length]);
});

test("a run that was kept without its facts, and one without a load, cannot be drawn", () => {
  const kept: RunGroup = { name: "kept", runs: [aComparedRun("kept")] };
  expect(overlayGroups([kept])).toEqual({ atS: [], groups: [] });
  expect(runCurves(toldRun(root, { ...healthyStory(), phases: [{ from: 0, to: 0.5 }], ticks: [] }))).toBeNull();
});
