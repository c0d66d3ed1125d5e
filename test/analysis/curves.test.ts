import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flowCurves, latencyCurves, refusalCurves, tableCurves } from "../../src/analysis/curves.ts";
import type { Timeline } from "../../src/analysis/timeline.ts";
import { RunFold } from "../fixtures/runs/run-fold.ts";
import { gatewayStory } from "../fixtures/runs/causes.ts";
import { tableFullStory } from "../fixtures/runs/stories.ts";
import { aStoredTick, SECOND } from "../fixtures/runs/story.ts";
import { toldRun } from "../fixtures/runs/told.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-curves-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const sum = (values: readonly (number | null)[]): number => values.reduce((total: number, value) => total + (value ?? 0), 0);

test("rates of a short run add up to its counts", () => {
  const { summary, timeline } = toldRun(root, tableFullStory());
  const { attempted, answered } = flowCurves(timeline, null).values;
  const { drop, earlyDrop, eperm } = refusalCurves(timeline, null).values;
  const binS = timeline.binNs / SECOND;
  expect([sum(attempted), sum(answered), sum(eperm)].map((total) => Math.round(total * binS))).toEqual([summary.sends.attempted, summary.sends.answered, summary.attribution.eperm]);
  expect([Math.round(sum(drop) * binS), Math.round(sum(earlyDrop) * binS)]).toEqual([summary.attribution.drop, summary.attribution.earlyDrop]);
});

test("new flows are what the table gained and what was evicted from it", () => {
  const { timeline } = toldRun(root, tableFullStory());
  const { newFlows } = flowCurves(timeline, null).values;
  expect(sum(newFlows) * (timeline.binNs / SECOND)).toBeCloseTo(262_144 + (timeline.samples.totals.earlyDrop.at(-1) ?? 0), -1);
});

test("where entries expire, new flows are told too low, never too high, and never below 0", () => {
  const fold = new RunFold(["load"]);
  fold.addKernel({ type: "columns", atNs: 0, stat: ["drop", "early_drop"], net: [], kernelLog: "readable" });
  // 100 new flows each 10 ms; 40 expire meanwhile, and from 1 s on 130.
  const countAt = (at: number): number => 10_000 + 60 * Math.min(at, 100) - 30 * Math.max(0, at - 100);
  for (let at = 0; at <= 200; at++) fold.addKernel({ type: "sample", atNs: at * 1e7, count: countAt(at), max: 100_000 });
  const { newFlows } = flowCurves(fold.finish(), null).values;
  expect(newFlows.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => expect.closeTo(6000, 6)));
  expect(newFlows.slice(10, 20)).toEqual(Array.from({ length: 10 }, () => 0));
});

test("behind a router the table and its drops are the router's", () => {
  const { summary, timeline } = toldRun(root, gatewayStory());
  expect(Math.max(...tableCurves(timeline, null).values.entries.map((entries) => entries ?? 0))).toBe(summary.router?.peak);
  expect(sum(refusalCurves(timeline, null).values.drop)).toBeGreaterThan(0);
});

test("a run that did not store latency over time has none, not 0", () => {
  expect(latencyCurves(toldRun(root, tableFullStory()).timeline, null).atS).toEqual([]);
});

describe("an hour", () => {
  const HOUR_S = 3600;
  const SPIKE_S = 1234.5;
  const ONSET_NS = 2345.6 * SECOND;
  let hour: Timeline;
  beforeAll(() => {
    const fold = new RunFold(["load"]);
    fold.addKernel({ type: "columns", atNs: 0, stat: ["drop", "early_drop"], net: [], kernelLog: "readable" });
    for (let at = 0; at < HOUR_S * 100; at++) fold.addKernel({ type: "sample", atNs: at * 1e7, count: at === SPIKE_S * 100 ? 9999 : 1000 + ((at * 7919) % 101), max: 10_000, stat: { drop: at } });
    for (let at = 1; at <= HOUR_S * 10; at++) {
      const slow = at === SPIKE_S * 10 + 1;
      fold.addSender(aStoredTick({ atNs: at * 1e8, attempted: 100 + (at % 7), sent: 100, answered: { NOERROR: 100 }, latenciesUs: slow ? { 128: 99, 1_048_576: 1 } : { 128: 90 + (at % 5), 256: 1 } }));
    }
    hour = fold.finish();
  });

  test("is thinned to what a screen can show, and keeps the spikes and the onset", () => {
    const table = tableCurves(hour, ONSET_NS);
    expect(table.atS.length).toBeLessThan(5000);
    expect(table.values.entries[table.atS.indexOf(SPIKE_S)]).toBe(9999);
    expect(table.atS.some((atS) => Math.abs(atS - ONSET_NS / SECOND) <= 0.01)).toBe(true);
    const latency = latencyCurves(hour, ONSET_NS);
    expect(latency.atS.length).toBeLessThan(5000);
    expect(Math.max(...latency.values.slowest.map((ms) => ms ?? 0))).toBeGreaterThan(1000);
    expect(latency.atS.some((atS) => Math.abs(atS - ONSET_NS / SECOND) <= 0.1)).toBe(true);
    for (const curves of [flowCurves(hour, ONSET_NS), refusalCurves(hour, ONSET_NS)]) {
      expect(curves.atS.length).toBeLessThan(5000);
      for (const values of Object.values(curves.values)) expect(values.length).toBe(curves.atS.length);
    }
  });

  test("its bins are not merged, so a spike of 100 ms stands as high as it was", () => {
    expect(hour.binNs).toBe(1e8);
  });
});
