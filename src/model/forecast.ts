import { epermShare } from "./early-drop.ts";
import { tableMemoryBytes } from "./memory.ts";
import { flowsOpened, littleOccupancy, timeToFillS } from "./occupancy.ts";

/** A table, and new flows that meet it: each on a tuple drawn at random, as with a socket for every query. */
export type ForecastInput = {
  max: number;
  buckets: number;
  flowSpace: number;
  ratePps: number;
  /** Effective lifetime of an entry that is not ASSURED: its timeout and the wait for the collector. */
  lifetimeS: number;
  /** ASSURED entries that are there already and stay. */
  assured: number;
};

export type Forecast = {
  /** Entries at a few instants, from the start until the table is full or stays level. */
  occupancy: { atS: number; entries: number; share: number }[];
  /** Seconds until the table is full; null if that never happens. */
  fullAfterS: number | null;
  /** What keeps it from filling; null if it fills. */
  boundBy: "flow space" | "rate x lifetime" | null;
  /** Entries in the end. */
  settled: number;
  /** What early drop can choose from once the table is full. */
  evictable: number;
  /** Of the new flows that meet a full table, the share refused with EPERM; null if it never fills. */
  epermShare: number | null;
  /** Sends that open a new flow in the end, by what becomes of them; a send on a tuple in the table never fails. */
  newFlowsPps: number;
  epermPps: number;
  earlyDropsPps: number;
  /** Kernel memory of the table and its entries in the end. */
  memoryBytes: number;
};

const STEPS = 8;

/**
 * What becomes of a table under a steady rate of new flows, in the mean: the equations of `occupancy.ts` until it is full or
 * level, `epermShare` from then on, but for what the collector removes from a full table (see there).
 *
 * Source: docs/KERNEL.md, "The model". Early drops a second are the new flows that get in (1 - f), as each needs a place.
 */
export function forecast(input: ForecastInput): Forecast {
  const { max, buckets, flowSpace, ratePps, lifetimeS } = input;
  const assured = Math.min(max, input.assured);
  const free = max - assured;
  const fullAfterS = timeToFillS({ flowSpace, ratePps, entriesFree: free, lifetimeS });
  const full = fullAfterS !== null;
  const at = (elapsedS: number): number => Math.min(max, assured + flowsOpened({ flowSpace, ratePps, elapsedS: Math.min(elapsedS, lifetimeS) }));
  const settled = full ? max : Math.round(at(lifetimeS));
  const own = settled - assured;
  const share = full ? epermShare({ evictable: free, buckets }) : null;
  const newFlowsPps = ratePps * Math.max(0, 1 - own / flowSpace);
  const endS = full ? fullAfterS : lifetimeS;
  return {
    occupancy: Array.from({ length: endS > 0 ? STEPS + 1 : 1 }, (_, step) => {
      const atS = (endS * step) / STEPS;
      const entries = Math.round(at(atS));
      return { atS, entries, share: entries / max };
    }),
    fullAfterS,
    boundBy: full ? null : flowSpace <= free && flowSpace <= littleOccupancy({ ratePps, lifetimeS }) ? "flow space" : "rate x lifetime",
    settled,
    evictable: full ? free : own,
    epermShare: share,
    newFlowsPps,
    epermPps: share === null ? 0 : newFlowsPps * share,
    earlyDropsPps: share === null ? 0 : newFlowsPps * (1 - share),
    memoryBytes: tableMemoryBytes({ entries: settled, buckets }),
  };
}
