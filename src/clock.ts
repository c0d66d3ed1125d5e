import { hrtime } from "node:process";

/**
 * The one clock of a run: CLOCK_MONOTONIC, shared by all threads and processes of a host.
 * Times are plain numbers of nanoseconds since the run's origin, exact up to 104 days.
 */
export interface Clock {
  /** Nanoseconds since the origin. */
  nowNs(): number;
}

/** A clock that counts from `originNs`, a reading of `process.hrtime.bigint()`. */
export function monotonicClock(originNs: bigint): Clock {
  const originS = Number(originNs / 1_000_000_000n);
  const restNs = Number(originNs % 1_000_000_000n);
  return {
    nowNs() {
      const time = hrtime();
      // Not taken apart as `[seconds, nanoseconds]`: until it is compiled that is an iterator, and the observer is never called often enough.
      return (time[0] - originS) * 1e9 + (time[1] - restNs);
    },
  };
}

export const NS_PER_MS = 1e6;
export const NS_PER_S = 1e9;
