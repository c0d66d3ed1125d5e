import { flowsOpened } from "../model/occupancy.ts";
import { TICK_NS } from "../store/format.ts";
import type { FailureRecord } from "../store/records.ts";
import type { PlannedPhaseView } from "./plan-view.ts";
import { countAt, known, lastAtOrBefore } from "./samples.ts";
import type { SampleSeries } from "./samples.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { tally } from "./words.ts";

/** The first EPERM of the load, and the table at that instant. */
export interface Onset {
  atNs: number;
  sinceLoadNs: number;
  /** Entries, interpolated between the samples before and after. */
  count: number | null;
  /** Entries at the sample before, and at the one after: a small table can fill between two samples, and the line between them hides it. */
  countBefore: number | null;
  countAfter: number | null;
  max: number | null;
  share: number | null;
  /** From the first sample with count >= max to the first EPERM; negative where the sampler was the later one. */
  leadNs: number | null;
  /** Distinct flows opened until then, by fills and by the load. */
  flowsOpened: number;
  /** The failed send itself, when it was among those kept. */
  failure: FailureRecord | null;
}

/** Finds the first EPERM of the load phases; null when there was none. */
export function findOnset(timeline: Timeline, planned: readonly PlannedPhaseView[] = []): Onset | null {
  const seen = firstEperm(timeline);
  if (seen === null) return null;
  const { samples } = timeline;
  const { atNs, loadStartNs, failure } = seen;
  const before = Math.max(0, lastAtOrBefore(samples, atNs));
  const count = countAt(samples, atNs);
  const max = known(samples.max, before);
  const fullNs = firstFullNs(samples);
  return {
    atNs,
    sinceLoadNs: atNs - loadStartNs,
    count,
    countBefore: known(samples.count, before),
    countAfter: known(samples.count, Math.min(before + 1, samples.length - 1)),
    max,
    share: count === null || max === null || max === 0 ? null : count / max,
    leadNs: fullNs === null ? null : atNs - fullNs,
    flowsOpened: openedUntil(timeline, planned, atNs),
    failure,
  };
}

/** What was seen of the table around the first EPERM: "between samples of 4,012 and 4,096 of 4,096 entries". Null if nothing was. */
export function tableAround({ countAfter, countBefore, max }: Onset): string | null {
  if (countBefore === null || countAfter === null) return null;
  if (countBefore === countAfter) return `in samples before and after it, ${tally(countAfter)} of ${tally(max)} entries`;
  return `between samples of ${tally(countBefore)} and ${tally(countAfter)} of ${tally(max)} entries`;
}

/** Distinct flows until an instant. A tick that it falls into counts by the part of its 100 ms that had passed. */
function openedUntil(timeline: Timeline, planned: readonly PlannedPhaseView[], atNs: number): number {
  const filled = timeline.filled.filter((fill) => fill.atNs <= atNs).reduce((sum, { flows }) => sum + flows, 0);
  return loadsOf(timeline).reduce((opened, { phase, ticks }) => {
    const sent = ticks.atNs.reduce((sum, endNs, index) => {
      const passed = Math.min(1, Math.max(0, 1 - (endNs - atNs) / TICK_NS));
      return sum + passed * (ticks.sent[index] ?? 0);
    }, 0);
    const { flowSpace, strategy } = planned[phase] ?? {};
    if (flowSpace === undefined || flowSpace <= 0) return opened + Math.round(sent);
    // A socket per query draws its port at random and can meet a tuple again; the others go round.
    const distinct = strategy === "per-query" ? flowsOpened({ flowSpace, ratePps: sent, elapsedS: 1 }) : Math.min(sent, flowSpace);
    return opened + Math.round(distinct);
  }, filled);
}

function firstEperm(timeline: Timeline): { atNs: number; loadStartNs: number; failure: FailureRecord | null } | null {
  for (const load of loadsOf(timeline)) {
    const atNs = load.firstEperm?.atNs ?? load.firstEpermTickNs;
    if (atNs !== null) return { atNs, loadStartNs: load.startNs, failure: load.firstEperm };
  }
  return null;
}

function firstFullNs(samples: SampleSeries): number | null {
  for (let index = 0; index < samples.length; index += 1) {
    // Unknown values are NaN, which is not >= anything.
    if ((samples.count[index] ?? Number.NaN) >= (samples.max[index] ?? Number.NaN)) return samples.atNs[index] ?? null;
  }
  return null;
}
