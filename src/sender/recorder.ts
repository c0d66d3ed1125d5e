import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";

/** Whole microseconds, from 1 us to 1 minute. */
const RANGE = { lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 } as const;
/** HdrHistogram's own buckets for 3 digits: one for each value below 2048, then 1024 for each power of two; for 1 digit 32 and 16. */
const HALF_BITS = { 3: 10, 1: 4 } as const;

/**
 * Counts durations, one array access each; HdrHistogram's `recordValue` takes ten times as long, and there are two or three
 * durations for each query. The buckets are the same, so that nothing is lost when they are handed over at the end.
 */
export class Recorder {
  readonly #digits: keyof typeof HALF_BITS;
  readonly #halfBits: number;
  readonly #counts: Uint32Array;

  constructor({ digits = 3 }: { digits?: keyof typeof HALF_BITS } = {}) {
    this.#digits = digits;
    this.#halfBits = HALF_BITS[digits];
    this.#counts = new Uint32Array(bucketOf(RANGE.highestTrackableValue, this.#halfBits) + 1);
  }

  /** Durations beyond the range are counted at its ends. */
  record(durationNs: number): void {
    const microseconds = Math.min(RANGE.highestTrackableValue, Math.max(RANGE.lowestDiscernibleValue, Math.round(durationNs / 1000)));
    (this.#counts[bucketOf(microseconds, this.#halfBits)] as number)++;
  }

  histogram(): Histogram {
    const histogram = build({ ...RANGE, numberOfSignificantValueDigits: this.#digits });
    for (const [lowest, count] of this.#filled()) histogram.recordValueWithCount(lowest, count);
    return histogram;
  }

  /** Lowest microseconds of a bucket -> durations in it since the last call. */
  take(): Record<string, number> {
    const taken = Object.fromEntries(this.#filled());
    this.#counts.fill(0);
    return taken;
  }

  *#filled(): Generator<[lowest: number, count: number]> {
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      const count = this.#counts[bucket] as number;
      if (count > 0) yield [lowestOf(bucket, this.#halfBits), count];
    }
  }

  /** HdrHistogram, V2 compressed, base64; microseconds. */
  encoded(): string {
    return encodeIntoCompressedBase64(this.histogram());
  }
}

function bucketOf(value: number, halfBits: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value) - halfBits);
  return (shift << halfBits) + (value >>> shift);
}

function lowestOf(bucket: number, halfBits: number): number {
  const shift = Math.max(0, (bucket >>> halfBits) - 1);
  return (bucket - (shift << halfBits)) << shift;
}
