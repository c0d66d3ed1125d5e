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
      const [seconds, nanoseconds] = hrtime();
      return (seconds - originS) * 1e9 + (nanoseconds - restNs);
    },
  };
}

export const NS_PER_MS = 1e6;
export const NS_PER_S = 1e9;
