import { epermShare } from "../model/early-drop.ts";
import type { CompositionRecord } from "../store/event-records.ts";
import { TICK_NS } from "../store/format.ts";
import { NEARLY_FULL } from "./correlation.ts";
import { compositionAtFull } from "./filler.ts";
import { endOf } from "./phases.ts";
import type { PhaseTotals } from "./phases.ts";
import { askedOverTcp } from "./plan-view.ts";
import type { PlannedPhaseView } from "./plan-view.ts";
import { countAt, firstAtOrAfter, known, lastAtOrBefore } from "./samples.ts";
import type { Summary } from "./summary.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { loadChange } from "./windows.ts";

export type ModelCheck = Summary["model"];

/** With fewer sends than this the measured share says nothing. */
const MIN_ATTEMPTS = 100;

/** Compares the share of sends that the model refuses with the share that was refused. All null if the table was never full. */
export function checkModel(options: {
  timeline: Timeline;
  planned: readonly PlannedPhaseView[];
  buckets: number | null;
}): ModelCheck {
  const { timeline, planned, buckets } = options;
  // Where no sample meets max itself, and the kernel dropped or evicted, the table counts as full from a little below.
  const full = findFull(timeline, 1) ?? (madeRoom(timeline) ? findFull(timeline, NEARLY_FULL) : null);
  if (full === null) return { evictable: null, assured: null, buckets, predictedEpermShare: null, measuredEpermShare: null };
  const composition = compositionAtFull(timeline.compositions);
  const evictable = entries(composition, false);
  const load = planned[full.load.phase];
  return {
    evictable,
    assured: entries(composition, true),
    buckets,
    predictedEpermShare:
      evictable === null || buckets === null || buckets === 0
        ? null
        : // TCP is not told of a refusal.
          load !== undefined && askedOverTcp(load) ? 0 : epermShare({ evictable, buckets }) * (1 - reuseShare(timeline, full, load)),
    measuredEpermShare: measuredShare(full),
  };
}

/** The model is about sends that the client's own table refuses: not where queries are lost silently, or meet another table. */
export function modelApplies({ router, verdict }: Pick<Summary, "router" | "verdict">): boolean {
  return router === null && verdict.cause !== "elsewhere";
}

interface Full {
  load: PhaseTotals;
  atNs: number;
}

/** Only a full table drops or evicts. */
function madeRoom(timeline: Timeline): boolean {
  return (["drop", "earlyDrop"] as const).some((counter) => (loadChange(timeline, counter) ?? 0) > 0);
}

/** The first load in which a sample saw the table at this share of max, and when. */
function findFull(timeline: Timeline, share: number): Full | null {
  const { samples } = timeline;
  for (const load of loadsOf(timeline)) {
    const endNs = endOf(load, timeline.endNs);
    let index = Math.max(0, lastAtOrBefore(samples, load.startNs));
    for (; index < samples.length && (samples.atNs[index] ?? Infinity) <= endNs; index += 1) {
      const count = known(samples.count, index);
      const max = known(samples.max, index);
      if (count === null || max === null || count < share * max) continue;
      return { load, atNs: Math.max(load.startNs, samples.atNs[index] ?? 0) };
    }
  }
  return null;
}

/**
 * EPERM / attempted from the moment the table was full to the end of that load. Where the table filled up during the load, ticks
 * that end less than two of their lengths later are left out: they can hold sends from before, the second one if it came late.
 */
function measuredShare({ load: { startNs, ticks }, atNs }: Full): number | null {
  let attempted = 0;
  let eperm = 0;
  const since = atNs > startNs ? atNs + 2 * TICK_NS : startNs;
  for (let index = 0; index < ticks.atNs.length; index += 1) {
    if ((ticks.atNs[index] ?? 0) < since) continue;
    attempted += ticks.attempted[index] ?? 0;
    eperm += ticks.eperm[index] ?? 0;
  }
  return attempted < MIN_ATTEMPTS ? null : eperm / attempted;
}

/**
 * The share of sends that meet a tuple already in the table, which never fail: the load's own entries when the table was
 * full, out of all the flows it can open. A sweep never opens the same flow twice.
 */
function reuseShare({ samples }: Timeline, { load, atNs }: Full, planned: PlannedPhaseView | undefined): number {
  const flowSpace = planned?.flowSpace ?? 0;
  if (planned?.strategy === "sweep" || flowSpace <= 0) return 0;
  const atStart = countAt(samples, load.startNs);
  const atFull = known(samples.count, Math.min(samples.length - 1, firstAtOrAfter(samples, atNs)));
  if (atStart === null || atFull === null) return 0;
  return Math.min(1, Math.max(0, (atFull - atStart) / flowSpace));
}

function entries(composition: CompositionRecord | undefined, assured: boolean): number | null {
  if (composition === undefined) return null;
  return composition.groups.reduce((sum, group) => sum + (group.assured === assured ? group.entries : 0), 0);
}
