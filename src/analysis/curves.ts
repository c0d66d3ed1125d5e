import { NS_PER_S } from "../clock.ts";
import { isFuller } from "./bins.ts";
import type { Bin } from "./bins.ts";
import { keepExtremes } from "./down-sample.ts";
import { tickPercentileMs } from "./latency.ts";
import { countAt, firstAtOrAfter, known, totalAt } from "./samples.ts";
import type { Counter, SampleSeries } from "./samples.ts";
import type { Timeline } from "./timeline.ts";

/** Lists of equal length: seconds since the start of the run, and what was there at, or in the step that begins at, each of them. */
export interface Curves<Name extends string> {
  atS: number[];
  values: Record<Name, (number | null)[]>;
}

/** Stretches of a chart; a screen has no more columns to draw them in. */
const SAMPLE_BUCKETS = 1000;
const BIN_BUCKETS = 600;

/** Whose table a run is about: the router's where there is one. */
export function tableSamples({ router, samples }: Timeline): SampleSeries {
  return router === null || router.length === 0 ? samples : router;
}

/** What samples say of a stretch of time: the table at its fullest, and what was dropped and evicted. */
export function tableWithin(samples: SampleSeries, { fromNs, toNs }: { fromNs: number; toNs: number }): Pick<Bin, "count" | "max" | "drop" | "earlyDrop"> {
  let fullest: Pick<Bin, "count" | "max"> = { count: null, max: null };
  for (let index = firstAtOrAfter(samples, fromNs); index < samples.length && (samples.atNs[index] ?? toNs) < toNs; index += 1) {
    const now = { count: known(samples.count, index), max: known(samples.max, index) };
    if (isFuller(now, fullest)) fullest = now;
  }
  const whole = (value: number | null): number | null => (value === null ? null : Math.round(value));
  return { ...fullest, drop: whole(moved(samples, "drop", fromNs, toNs)), earlyDrop: whole(moved(samples, "earlyDrop", fromNs, toNs)) };
}

/** Entries and max, at every sample or, of a long run, at those that matter. */
export function tableCurves(timeline: Timeline, onsetNs: number | null): Curves<"entries" | "max"> {
  const samples = tableSamples(timeline);
  const all = Array.from({ length: samples.length }, (_, index) => index);
  const values = { entries: all.map((index) => known(samples.count, index)), max: all.map((index) => known(samples.max, index)) };
  const onset = onsetNs === null ? [] : around(firstAtOrAfter(samples, onsetNs));
  return thinned({ atS: all.map((index) => (samples.atNs[index] ?? 0) / NS_PER_S), values }, { buckets: SAMPLE_BUCKETS, always: onset });
}

/** What the senders did, in events per second. `newFlows`: what the table gained and what was evicted from it meanwhile: a lower bound, as nothing counts what expired. */
export function flowCurves(timeline: Timeline, onsetNs: number | null): Curves<"attempted" | "answered" | "newFlows"> {
  const samples = tableSamples(timeline);
  return rates(timeline, onsetNs, {
    attempted: ({ attempted }) => attempted,
    answered: ({ answered }) => answered,
    newFlows: (_, fromNs, toNs) => gained(samples, fromNs, toNs),
  });
}

/** What was refused and dropped, in events per second; the drops are those of the table in question. */
export function refusalCurves(timeline: Timeline, onsetNs: number | null): Curves<"eperm" | "drop" | "earlyDrop"> {
  const samples = tableSamples(timeline);
  const own = samples === timeline.samples;
  const of = (counter: Counter & keyof Bin) => (bin: Bin, fromNs: number, toNs: number) => (own ? bin[counter] : moved(samples, counter, fromNs, toNs));
  return rates(timeline, onsetNs, { eperm: ({ eperm }) => eperm, drop: of("drop"), earlyDrop: of("earlyDrop") });
}

/** Latency of the answers of each step in milliseconds; null where there was none. Without a step in runs that did not store it. */
export function latencyCurves({ bins, binNs }: Timeline, onsetNs: number | null): Curves<"p50" | "p99" | "slowest"> {
  const told = bins.some(({ latenciesUs }) => latenciesUs !== null) ? bins : [];
  const of = (percentile: number): (number | null)[] => told.map(({ latenciesUs }) => (latenciesUs === null ? null : tickPercentileMs(latenciesUs, percentile)));
  const curves = { atS: told.map((_, index) => (index * binNs) / NS_PER_S), values: { p50: of(50), p99: of(99), slowest: of(100) } };
  return thinned(curves, { buckets: BIN_BUCKETS, always: onsetNs === null ? [] : around(Math.floor(onsetNs / binNs)) });
}

type Of = (bin: Bin, fromNs: number, toNs: number) => number | null;

function rates<Name extends string>({ bins, binNs, endNs }: Timeline, onsetNs: number | null, of: Record<Name, Of>): Curves<Name> {
  // Over the last moments of a run a rate would divide by next to nothing.
  const whole = bins.filter((_, index) => endNs - index * binNs >= binNs / 2);
  const values = Object.fromEntries(
    Object.entries<Of>(of).map(([name, count]) => [name, whole.map((bin, index) => {
      const toNs = Math.min(endNs, (index + 1) * binNs);
      const counted = count(bin, index * binNs, toNs);
      return counted === null ? null : (counted * NS_PER_S) / (toNs - index * binNs);
    })]),
  ) as Record<Name, (number | null)[]>;
  return thinned({ atS: whole.map((_, index) => (index * binNs) / NS_PER_S), values }, { buckets: BIN_BUCKETS, always: onsetNs === null ? [] : around(Math.floor(onsetNs / binNs)) });
}

function thinned<Name extends string>({ atS, values }: Curves<Name>, options: { buckets: number; always: readonly number[] }): Curves<Name> {
  const kept = keepExtremes(Object.values(values), options);
  const pick = <T>(list: readonly T[]): T[] => kept.map((row) => list[row] as T);
  return {
    atS: pick(atS),
    values: Object.fromEntries(Object.entries<(number | null)[]>(values).map(([name, list]) => [name, pick(list)])) as Record<Name, (number | null)[]>,
  };
}

function around(row: number): number[] {
  return [row - 1, row, row + 1];
}

/** New entries less those that expired or ended, 0 where these were more. */
function gained(samples: SampleSeries, fromNs: number, toNs: number): number | null {
  const [before, after] = [countAt(samples, fromNs), countAt(samples, toNs)];
  if (before === null || after === null) return null;
  return Math.max(0, after - before + (moved(samples, "earlyDrop", fromNs, toNs) ?? 0));
}

function moved(samples: SampleSeries, counter: Counter, fromNs: number, toNs: number): number | null {
  if (!samples.known[counter] || samples.length === 0) return null;
  return Math.max(0, totalAt(samples, counter, toNs) - totalAt(samples, counter, fromNs));
}
