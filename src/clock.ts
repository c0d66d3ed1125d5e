// Not imported: a module of `process` has every part of it loaded, its streams and reports too, in each thread that starts.
const { hrtime } = process;

/**
 * The one clock of a run: CLOCK_MONOTONIC, shared by all threads and processes of a host.
 * Times are plain numbers of nanoseconds since the run's origin, exact up to 104 days.
 */
export interface Clock {
  /** Nanoseconds since the origin. */
  nowNs(): number;
}

/** A clock that counts from an origin, which is a reading of `process.hrtime.bigint()`. */
export class MonotonicClock implements Clock {
  readonly #originS: number;
  readonly #restNs: number;

  constructor(originNs: bigint) {
    this.#originS = Number(originNs / 1_000_000_000n);
    this.#restNs = Number(originNs % 1_000_000_000n);
  }

  nowNs(): number {
    const time = hrtime();
    // Not taken apart as `[seconds, nanoseconds]`: until it is compiled that is an iterator.
    return (time[0] - this.#originS) * 1e9 + (time[1] - this.#restNs);
  }
}

export const NS_PER_MS = 1e6;
export const NS_PER_S = 1e9;
