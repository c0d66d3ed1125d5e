import { NS_PER_MS } from "../clock.ts";
import { endOf } from "./phases.ts";
import type { PhaseTotals } from "./phases.ts";
import { firstAtOrAfter, lastAtOrBefore } from "./samples.ts";
import type { Counter, SampleSeries } from "./samples.ts";
import type { Timeline } from "./timeline.ts";

/** What belongs to a load can still be counted a moment after it: replies on their way, a sample not yet taken. */
export const DRAIN_MS = 200;
const DRAIN_NS = DRAIN_MS * NS_PER_MS;

interface Window {
  fromNs: number;
  toNs: number;
  /** When its last load ended: what was counted then belongs to it, however little is known of what came after. */
  endNs: number;
}

/** When a load has drained; a phase that sends and follows at once cuts it short. */
export function drainedEnd(timeline: Timeline, load: PhaseTotals): number {
  const endNs = endOf(load, timeline.endNs);
  const next = timeline.phases.find(({ phase }) => phase === load.phase + 1);
  const sends = next !== undefined && next.kind !== "rest";
  return sends ? Math.max(endNs, Math.min(endNs + DRAIN_NS, next.startNs)) : endNs + DRAIN_NS;
}

/** The load phases with their drain; of a watch, all of it. Loads that follow each other share one window. */
export function loadWindows(timeline: Timeline): Window[] {
  const windows: Window[] = [];
  for (const load of timeline.phases.filter(({ kind }) => kind === "load" || kind === "watch")) {
    const toNs = drainedEnd(timeline, load);
    const endNs = endOf(load, timeline.endNs);
    const previous = windows.at(-1);
    const follows = timeline.phases.some(({ phase, kind }) => phase === load.phase - 1 && kind === "load");
    if (previous === undefined || !follows) {
      windows.push({ fromNs: load.startNs, toNs, endNs });
      continue;
    }
    previous.toNs = toNs;
    previous.endNs = endNs;
  }
  return windows;
}

/** How far a counter moved over the windows; null where the kernel does not offer it or was never sampled. */
export function changeOver(samples: SampleSeries, windows: readonly Window[], counter: Counter): number | null {
  if (!samples.known[counter] || samples.length === 0) return null;
  const totals = samples.totals[counter];
  return windows.reduce((sum, { fromNs, toNs, endNs }) => {
    const first = Math.max(0, lastAtOrBefore(samples, fromNs));
    const before = lastAtOrBefore(samples, toNs);
    // A sample between the load and what follows it has all of the load and nothing else. Runs that were stored before observers took such looks need not have one.
    const between = (samples.atNs[before] ?? Number.NEGATIVE_INFINITY) >= endNs;
    const last = between ? before : Math.min(samples.length - 1, firstAtOrAfter(samples, toNs));
    return sum + Math.max(0, (totals[last] ?? 0) - (totals[first] ?? 0));
  }, 0);
}

/** How far a counter of the client's namespace moved over the load phases. */
export function loadChange(timeline: Timeline, counter: Counter): number | null {
  return changeOver(timeline.samples, loadWindows(timeline), counter);
}
