import { NS_PER_MS } from "../clock.ts";
import { sliceLoads } from "./slices.ts";
import type { Slice } from "./slices.ts";
import { bootstrapInterval } from "./statistics/bootstrap.ts";
import { changePoint } from "./statistics/change-point.ts";
import { bestLag } from "./statistics/lag.ts";
import { placed, spearman, spearmanOfPlaces } from "./statistics/rank-correlation.ts";
import type { Pair } from "./statistics/rank-correlation.ts";
import type { Summary } from "./summary.ts";
import type { Timeline } from "./timeline.ts";
import { plural } from "./words.ts";

export type Correlation = Summary["correlation"];

/** Enough to see a relation, few enough to resample 500 times. */
const MAX_SLICES = 600;
/** With fewer slices an interval of a correlation is wider than what it could tell. */
const MIN_SLICES = 20;
const LEVEL = 0.95;
const MOST_LAG = 10;
/** A split that explains less than this of the variance, or a smaller step up, is no threshold. */
const MIN_SPLIT = 0.5;
const MIN_STEP = 0.05;
/** Entries come and go while the count is read: full begins a little below 1. */
export const NEARLY_FULL = 0.999;
const BANDS = [0, 0.5, 0.8, 0.9, 0.95, 0.99, NEARLY_FULL] as const;

/**
 * How the share of refused sends goes with the occupancy of the table, over the slices of the load phases in which something
 * was attempted (`sliceLoads` says how senders and samples are brought to the same stretch of time).
 */
export function correlate(timeline: Timeline): Correlation {
  const runs = sliceLoads(timeline, MAX_SLICES).map((slices) => slices.filter(({ attempted, count, max }) => attempted > 0 && count !== null && (max ?? 0) > 0));
  const slices = runs.flat();
  const pairs = slices.map(pairOf);
  const bands = respond(slices);
  const note = tooLittle(slices, pairs);
  if (note !== null) return { threshold: null, spearman: null, lagMs: null, bands, note };
  const rho = spearman(pairs);
  const interval = bootstrapInterval(placed(pairs), { statistic: spearmanOfPlaces, level: LEVEL });
  const lag = bestLag(runs.map((run) => run.map(pairOf)), MOST_LAG);
  const widthNs = (slices[0]?.toNs ?? 0) - (slices[0]?.fromNs ?? 0);
  return {
    threshold: thresholdOf(pairs, slices),
    spearman: rho === null || interval === null ? null : { rho, low: Math.min(rho, interval.low), high: Math.max(rho, interval.high), bins: pairs.length },
    lagMs: lag === null ? null : (lag.steps * widthNs) / NS_PER_MS,
    bands,
    note: null,
  };
}

/** How full the table was, 0 to 1, and how much of what was attempted then was refused. */
export interface ResponsePoint {
  occupancy: number;
  share: number;
  attempted: number;
}

/** The slices of the loads by occupancy. */
export function responsePoints(timeline: Timeline): ResponsePoint[] {
  return sliceLoads(timeline, MAX_SLICES)
    .flat()
    .filter(({ attempted, count, max }) => attempted > 0 && count !== null && (max ?? 0) > 0)
    .map((slice) => ({ occupancy: Math.min(1, pairOf(slice)[0]), share: pairOf(slice)[1], attempted: slice.attempted }))
    .sort((a, b) => a.occupancy - b.occupancy);
}

function pairOf({ attempted, count, eperm, max }: Slice): Pair {
  return [(count ?? 0) / (max ?? 1), eperm / attempted];
}

function tooLittle(slices: readonly Slice[], pairs: readonly Pair[]): string | null {
  if (slices.every(({ eperm }) => eperm === 0)) return "no send was refused with EPERM: there is nothing to correlate";
  if (slices.length < MIN_SLICES) {
    return `too small a sample: ${plural(slices.length, "time bin")} with sends and a known occupancy, and ${MIN_SLICES} are needed`;
  }
  if (pairs.every(([occupancy]) => occupancy === pairs[0]?.[0])) return "the occupancy never changed during the load: there is nothing to correlate";
  if (pairs.every(([, share]) => share === pairs[0]?.[1])) return "the share of refused sends never changed: there is nothing to correlate";
  return null;
}

function thresholdOf(pairs: readonly Pair[], slices: readonly Slice[]): Correlation["threshold"] {
  const found = changePoint(pairs);
  if (found === null || found.explained < MIN_SPLIT || found.above - found.below < MIN_STEP) return null;
  const max = slices.find((_, index) => pairs[index]?.[0] === found.at)?.max ?? null;
  if (max === null) return { share: found.at, count: null };
  // A mean over samples can lie a fraction of an entry below max.
  const count = Math.round(found.at * max);
  return { share: count / max, count };
}

/** The share of sends refused in each band of occupancy that the load met. */
function respond(slices: readonly Slice[]): Correlation["bands"] {
  return BANDS.flatMap((from, index) => {
    const to = BANDS[index + 1] ?? null;
    const within = slices.filter((slice) => {
      const [occupancy] = pairOf(slice);
      return occupancy >= from && (to === null || occupancy < to);
    });
    const attempted = within.reduce((sum, slice) => sum + slice.attempted, 0);
    const eperm = within.reduce((sum, slice) => sum + slice.eperm, 0);
    return attempted === 0 ? [] : [{ from, to, attempted, eperm, share: eperm / attempted }];
  });
}
