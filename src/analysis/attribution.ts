import { NS_PER_MS } from "../clock.ts";
import { endOf } from "./phases.ts";
import { firstAtOrAfter, lastAtOrBefore } from "./samples.ts";
import type { Counter, SampleSeries } from "./samples.ts";
import type { Summary } from "./summary.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";

export type Attribution = Summary["attribution"];

/** What belongs to a load can still be counted a moment after it: replies on their way, a sample not yet taken. */
const DRAIN_NS = 200 * NS_PER_MS;

/** Sets the EPERM that the senders counted against the kernel's counters over the load phases. */
export function attribute(timeline: Timeline): Attribution {
  const eperm = loadsOf(timeline).reduce((sum, { failed }) => sum + (failed["EPERM"] ?? 0), 0);
  const drop = loadChange(timeline, "drop");
  const chainTooLong = loadChange(timeline, "chainTooLong");
  return {
    eperm,
    drop,
    earlyDrop: loadChange(timeline, "earlyDrop"),
    insertFailed: loadChange(timeline, "insertFailed"),
    chainTooLong,
    explainedShare: explainedShare({ eperm, drop, chainTooLong }),
  };
}

/**
 * min(eperm, drop + chainTooLong) / eperm; null without EPERM or without the drop counter. An unknown chainTooLong
 * counts as nothing here: the share is then a lower bound.
 */
export function explainedShare(seen: { eperm: number; drop: number | null; chainTooLong: number | null }): number | null {
  if (seen.eperm === 0 || seen.drop === null) return null;
  return Math.min(seen.eperm, seen.drop + (seen.chainTooLong ?? 0)) / seen.eperm;
}

/** How far a counter moved over the load phases; null where the kernel does not offer it or was never sampled. */
export function loadChange(timeline: Timeline, counter: Counter): number | null {
  const { samples } = timeline;
  if (!samples.known[counter] || samples.length === 0) return null;
  return loadWindows(timeline).reduce((sum, { fromNs, toNs }) => sum + change(samples, counter, fromNs, toNs), 0);
}

function change(samples: SampleSeries, counter: Counter, fromNs: number, toNs: number): number {
  const totals = samples.totals[counter];
  const first = Math.max(0, lastAtOrBefore(samples, fromNs));
  const last = Math.min(samples.length - 1, firstAtOrAfter(samples, toNs));
  return Math.max(0, (totals[last] ?? 0) - (totals[first] ?? 0));
}

/** The load phases with their drain. Loads that follow each other share one window, and a fill that follows cuts it short. */
export function loadWindows(timeline: Timeline): { fromNs: number; toNs: number }[] {
  const windows: { fromNs: number; toNs: number }[] = [];
  for (const load of loadsOf(timeline)) {
    const endNs = endOf(load, timeline.endNs);
    const next = timeline.phases.find(({ phase }) => phase === load.phase + 1);
    const sends = next !== undefined && next.kind !== "rest";
    const toNs = sends ? Math.max(endNs, Math.min(endNs + DRAIN_NS, next.startNs)) : endNs + DRAIN_NS;
    const previous = windows.at(-1);
    const follows = timeline.phases.some(({ phase, kind }) => phase === load.phase - 1 && kind === "load");
    if (previous !== undefined && follows) previous.toNs = toNs;
    else windows.push({ fromNs: load.startNs, toNs });
  }
  return windows;
}
