import type { Arrivals } from "../plan/arrivals/arrivals.ts";

/** When the queries of one thread are due: a pure function of the time since the load began. */
export interface Pacer {
  /** How many queries this thread should have attempted by then. */
  dueBy(elapsedNs: number): number;
  /** When this thread's query `index` (from 0) is meant to go; Infinity if it never has so many. */
  intendedNs(index: number): number;
}

/**
 * This thread's part of the arrivals: query `i` of the whole load belongs to thread i mod `threads`, so the shares are exact and
 * no remainder is lost.
 */
export function paceThread(arrivals: Arrivals, { thread, threads }: { thread: number; threads: number }): Pacer {
  return {
    dueBy: (elapsedNs) => Math.max(0, Math.ceil((arrivals.countBy(elapsedNs) - thread) / threads)),
    intendedNs: (index) => arrivals.atNs(index * threads + thread),
  };
}
