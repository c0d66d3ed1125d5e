import type { FailureRecord } from "../store/records.ts";
import { countAt, known, lastAtOrBefore } from "./samples.ts";
import type { SampleSeries } from "./samples.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";

/** The first EPERM of the load, and the table at that instant. */
export interface Onset {
  atNs: number;
  sinceLoadNs: number;
  /** Entries, interpolated between the samples before and after. */
  count: number | null;
  /** Entries at the sample after: a small table can fill between two samples, and the line between them hides it. */
  countAfter: number | null;
  max: number | null;
  share: number | null;
  /** From the first sample with count >= max to the first EPERM; negative where the sampler was the later one. */
  leadNs: number | null;
  /** The failed send itself, when it was among those kept. */
  failure: FailureRecord | null;
}

/** Finds the first EPERM of the load phases; null when there was none. */
export function findOnset(timeline: Timeline): Onset | null {
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
    countAfter: known(samples.count, Math.min(before + 1, samples.length - 1)),
    max,
    share: count === null || max === null || max === 0 ? null : count / max,
    leadNs: fullNs === null ? null : atNs - fullNs,
    failure,
  };
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
