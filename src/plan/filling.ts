import { NS_PER_MS, NS_PER_S } from "../clock.ts";
import { socketsToOpen } from "../model/occupancy.ts";
import { longLived } from "../scenario/scenario.ts";
import type { Arrivals } from "./arrivals/arrivals.ts";
import { meanArrivalsOf } from "./arrivals/rate.ts";
import type { PlannedLoad } from "./plan.ts";

/** Instants at which a load that changes its rate is looked at. */
const STEPS = 10_000;

/** Queries that a load will send on average, as its rate, duration and count bound it; null if only the machine's speed does. */
export function queriesOf({ ratePps, shape, durationMs, queries }: PlannedLoad): number | null {
  if (ratePps === null || durationMs === null) return durationMs === null ? queries : null;
  return Math.round(Math.min(meanArrivalsOf({ ratePps, shape }).expectedBy(durationMs * NS_PER_MS), queries ?? Infinity));
}

/** How long a load sends; null if only the machine's speed tells. */
export function secondsOf({ ratePps, shape, durationMs, queries }: PlannedLoad): number | null {
  const byCount = ratePps !== null && queries !== null ? meanArrivalsOf({ ratePps, shape }).atNs(queries) / NS_PER_S : Infinity;
  const seconds = Math.min(byCount, (durationMs ?? Infinity) / 1_000);
  return seconds === Infinity ? null : seconds;
}

/** Of these queries those whose entries are still there when the load ends, if each lives for `lifetimeS`. */
export function recentQueries(load: PlannedLoad, { queries, lifetimeS }: { queries: number; lifetimeS: number }): number {
  const { ratePps, shape } = load;
  const endS = secondsOf(load);
  if (longLived(load.strategy) || ratePps === null || endS === null || endS <= lifetimeS) return queries;
  const arrivals = meanArrivalsOf({ ratePps, shape });
  return Math.min(queries, arrivals.expectedBy(endS * NS_PER_S) - arrivals.expectedBy((endS - lifetimeS) * NS_PER_S));
}

/** Seconds until a load has filled `free` places; null if it never does, or if only the machine's speed tells. */
export function fullAfterS(load: PlannedLoad, { free, lifetimeS }: { free: number; lifetimeS: number }): number | null {
  if (free === 0) return 0;
  const { ratePps, shape, flowSpace } = load;
  const untilS = secondsOf(load);
  if (ratePps === null || untilS === null) return null;
  // A sweep, a pool and TCP repeat no tuple before they must; a UDP socket per query draws its port at random.
  const needed = load.strategy === "per-query" ? socketsToOpen({ flowSpace, flows: free }) : flowSpace > free ? free : Infinity;
  if (needed === Infinity) return null;
  // Sockets that live on are used again before their entries expire.
  const withinS = longLived(load.strategy) ? Infinity : lifetimeS;
  return gatheredAfterS(meanArrivalsOf({ ratePps, shape }), { needed, withinS, untilS });
}

/** The first instant at which so many queries have come within the last `withinS`; null if there is none until `untilS`. */
function gatheredAfterS(arrivals: Arrivals, { needed, withinS, untilS }: { needed: number; withinS: number; untilS: number }): number | null {
  const neededS = arrivals.atNs(needed) / NS_PER_S;
  if (neededS > untilS) return null;
  if (neededS <= withinS) return neededS;
  const enough = (atS: number): boolean => arrivals.expectedBy(atS * NS_PER_S) - arrivals.expectedBy((atS - withinS) * NS_PER_S) >= needed;
  for (let step = 0; step <= STEPS; step++) {
    const atS = neededS + ((untilS - neededS) * step) / STEPS;
    if (enough(atS)) return atS;
  }
  return null;
}
