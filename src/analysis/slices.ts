import { TICK_NS } from "../store/format.ts";
import type { PhaseTotals } from "./phases.ts";
import { countAt, firstAtOrAfter, known, lastAtOrBefore, totalAt } from "./samples.ts";
import type { SampleSeries } from "./samples.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { drainedEnd } from "./windows.ts";

/** One step of a load, with what senders and kernel say of the same stretch of time. */
export interface Slice {
  fromNs: number;
  toNs: number;
  attempted: number;
  eperm: number;
  /** Packets that connection tracking dropped: drop + chain too long; null where the kernel does not count drops. */
  dropped: number | null;
  /** Entries on average over the samples within, and at most. */
  count: number | null;
  top: number | null;
  max: number | null;
}

/**
 * Cuts each load into slices, one list a load, the moment after it included. Ticks are stamped with their end and lie on a
 * grid of 100 ms that begins with the load, not with the run; so do the slices. A tick thus belongs to the slice whose end
 * is nearest to its stamp, and the kernel's numbers, sampled ten times as often, are read at the slice's two borders. What
 * remains is a tick stamped more than 50 ms late, which can lie one slice too far along.
 *
 * @param most slices in all; a longer load gets wider ones, by powers of two
 */
export function sliceLoads(timeline: Timeline, most: number): Slice[][] {
  const loads = loadsOf(timeline);
  const spans = loads.map((load) => drainedEnd(timeline, load) - load.startNs);
  let widthNs = TICK_NS;
  while (spans.reduce((sum, span) => sum + Math.ceil(span / widthNs), 0) > most && widthNs < Number.MAX_SAFE_INTEGER) widthNs *= 2;
  return loads.map((load, index) => sliceLoad(timeline.samples, load, { spanNs: spans[index] ?? 0, widthNs }));
}

function sliceLoad(samples: SampleSeries, load: PhaseTotals, { spanNs, widthNs }: { spanNs: number; widthNs: number }): Slice[] {
  const { startNs } = load;
  const length = Math.max(1, Math.ceil(spanNs / widthNs));
  const endNs = startNs + spanNs;
  const { attempted, eperm } = attemptsOf(load, { length, widthNs });
  // At the ends of the load as the totals are taken: from the sample before it to the sample after it.
  let droppedBefore = droppedUntil(samples, stamp(samples, lastAtOrBefore(samples, startNs), startNs));
  return Array.from({ length }, (_, index): Slice => {
    const fromNs = startNs + index * widthNs;
    const toNs = Math.min(endNs, fromNs + widthNs);
    const dropped = droppedUntil(samples, index === length - 1 ? stamp(samples, firstAtOrAfter(samples, toNs), toNs) : toNs);
    const slice = {
      fromNs,
      toNs,
      attempted: attempted[index] ?? 0,
      eperm: eperm[index] ?? 0,
      dropped: dropped === null || droppedBefore === null ? null : Math.max(0, dropped - droppedBefore),
      ...occupancy(samples, fromNs, toNs),
    };
    droppedBefore = dropped;
    return slice;
  });
}

/** What the ticks of each slice attempted. In plain loops and arrays of numbers: an hour of 8 threads has 288,000 ticks. */
function attemptsOf({ startNs, ticks }: PhaseTotals, { length, widthNs }: { length: number; widthNs: number }): { attempted: Float64Array; eperm: Float64Array } {
  const attempted = new Float64Array(length);
  const eperm = new Float64Array(length);
  for (let index = 0; index < ticks.atNs.length; index += 1) {
    const ended = Math.round(((ticks.atNs[index] ?? 0) - startNs) / TICK_NS) - 1;
    const slice = Math.min(length - 1, Math.max(0, Math.floor((ended * TICK_NS) / widthNs)));
    attempted[slice] = (attempted[slice] ?? 0) + (ticks.attempted[index] ?? 0);
    eperm[slice] = (eperm[slice] ?? 0) + (ticks.eperm[index] ?? 0);
  }
  return { attempted, eperm };
}

function stamp(samples: SampleSeries, index: number, otherwise: number): number {
  return samples.atNs[index] ?? otherwise;
}

/** Packets that connection tracking had dropped by an instant; null where the kernel does not count drops. */
function droppedUntil(samples: SampleSeries, atNs: number): number | null {
  if (!samples.known.drop || samples.length === 0) return null;
  return totalAt(samples, "drop", atNs) + (samples.known.chainTooLong ? totalAt(samples, "chainTooLong", atNs) : 0);
}

function occupancy(samples: SampleSeries, fromNs: number, toNs: number): Pick<Slice, "count" | "top" | "max"> {
  let sum = 0;
  let seen = 0;
  let top: number | null = null;
  const first = firstAtOrAfter(samples, fromNs);
  // The sample that follows belongs to `top`: a table can fill between two samples.
  for (let index = first; index < samples.length; index += 1) {
    const value = known(samples.count, index);
    if (value !== null) top = Math.max(top ?? 0, value);
    if ((samples.atNs[index] ?? Infinity) > toNs) break;
    if (value === null) continue;
    sum += value;
    seen += 1;
  }
  const count = seen > 0 ? sum / seen : samples.length > 0 ? countAt(samples, (fromNs + toNs) / 2) : null;
  return { count, top: top ?? count, max: known(samples.max, Math.max(0, lastAtOrBefore(samples, toNs))) };
}
