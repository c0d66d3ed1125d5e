import { NS_PER_S } from "../clock.ts";

/** When queries are due: a pure function of the time since the load began. */
export interface Pacer {
  /** How many queries this thread should have attempted by then. */
  dueBy(elapsedNs: number): number;
  /** When this thread's query `index` (from 0) is meant to go. */
  intendedNs(index: number): number;
}

/**
 * A constant rate of all threads together. Query `i` of the whole load is due at i / rate and belongs to
 * thread i mod `threads`, so the shares are exact and no remainder is lost.
 */
export function constantRate({ ratePps, thread, threads }: { ratePps: number; thread: number; threads: number }): Pacer {
  return {
    dueBy(elapsedNs) {
      const dueOfAll = Math.floor((elapsedNs * ratePps) / NS_PER_S) + 1;
      return Math.max(0, Math.ceil((dueOfAll - thread) / threads));
    },
    intendedNs: (index) => ((index * threads + thread) * NS_PER_S) / ratePps,
  };
}
