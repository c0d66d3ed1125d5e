import { expect, test } from "vitest";
import { correlate } from "../../src/analysis/correlation.ts";
import type { Timeline } from "../../src/analysis/timeline.ts";
import { RunFold } from "../fixtures/runs/run-fold.ts";
import { aStoredTick } from "../fixtures/runs/story.ts";

const MS = 1e6;
const MAX = 1000;

/** A load of `ticks` ticks that begins `offsetMs` off the grid of the run; `share` of 100 sends refused at an occupancy. */
function timelineOf({ ticks, offsetMs = 30, occupancy, share, followMs = 0 }: {
  ticks: number;
  offsetMs?: number;
  occupancy: (tick: number) => number;
  share: (occupancy: number) => number;
  followMs?: number;
}): Timeline {
  const fold = new RunFold(["load"]);
  fold.addEvent({ type: "phase-start", atNs: offsetMs * MS, phase: 0, kind: "load" });
  for (let atMs = 0; atMs <= offsetMs + ticks * 100; atMs += 10) {
    const tick = Math.max(0, Math.floor((atMs - offsetMs) / 100));
    fold.addKernel({ type: "sample", atNs: atMs * MS, count: Math.round(occupancy(tick) * MAX), max: MAX });
  }
  for (let tick = 0; tick < ticks; tick += 1) {
    const eperm = Math.round(100 * share(occupancy(Math.max(0, tick - followMs / 100))));
    // Stamped with its end, and a little late.
    const atNs = (offsetMs + (tick + 1) * 100 + 4) * MS;
    fold.addSender(aStoredTick({ atNs, attempted: 100, sent: 100 - eperm, failed: eperm > 0 ? { EPERM: eperm } : {} }));
  }
  fold.addEvent({ type: "phase-end", atNs: (offsetMs + ticks * 100) * MS, phase: 0, kind: "load" });
  return fold.finish();
}

const rising = (tick: number): number => Math.min(1, 0.4 + tick / 50);
const step = (occupancy: number): number => (occupancy >= 0.8 ? 0.9 : 0);

test.each([0, 30, 70])("the threshold is where sends begin to be refused, wherever the load begins (%i ms)", (offsetMs) => {
  const { threshold, spearman, lagMs, bands, note } = correlate(timelineOf({ ticks: 40, offsetMs, occupancy: rising, share: step }));
  expect(note).toBeNull();
  expect(threshold?.share).toBeCloseTo(0.8, 1);
  expect(spearman?.rho).toBeGreaterThan(0.8);
  expect(spearman?.low).toBeGreaterThan(0.5);
  expect(spearman?.bins).toBe(40);
  expect(Math.abs(lagMs ?? Infinity)).toBeLessThanOrEqual(100);
  expect(bands[0]).toMatchObject({ from: 0, to: 0.5, eperm: 0, share: 0 });
  expect(bands.at(-1)).toMatchObject({ from: 0.999, to: null, share: 0.9 });
  expect(bands.reduce((sum, { attempted }) => sum + attempted, 0)).toBe(4000);
});

test("the lag is found", () => {
  const waves = (tick: number): number => 0.5 + 0.4 * Math.sin(tick / 3) * Math.cos(tick / 7);
  expect(correlate(timelineOf({ ticks: 80, occupancy: waves, share: (x) => x, followMs: 300 })).lagMs).toBe(300);
});

test("says why where there is nothing to say", () => {
  expect(correlate(timelineOf({ ticks: 19, occupancy: rising, share: () => 0.5 })).note).toBe(
    "too small a sample: 19 time bins with sends and a known occupancy, and 20 are needed",
  );
  expect(correlate(timelineOf({ ticks: 40, occupancy: rising, share: () => 0 })).note).toContain("no send was refused");
  expect(correlate(timelineOf({ ticks: 40, occupancy: () => 1, share: step })).note).toContain("the occupancy never changed");
  expect(correlate(timelineOf({ ticks: 40, occupancy: rising, share: () => 0.5 })).note).toContain("never changed");
});

test("a threshold is a share of the entries it names, not of their mean over samples", () => {
  // Full but for an instant in one sample of ten: 999.9 entries in the mean are 1,000.
  const nearly = (tick: number): number => (tick < 20 ? 0.5 + tick / 100 : 1);
  const timeline = timelineOf({ ticks: 40, occupancy: nearly, share: (occupancy) => (occupancy >= 1 ? 0.9 : 0) });
  const { count } = timeline.samples;
  for (let index = 0; index < count.length; index += 10) if (count[index] === MAX) count[index] = MAX - 1;
  expect(correlate(timeline).threshold).toEqual({ share: 1, count: MAX });
});
