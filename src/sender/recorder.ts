import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";

/** Whole microseconds, from 1 us to 1 minute, with 3 significant digits. */
const RANGE = { lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 } as const;
/** HdrHistogram's own buckets for 3 digits: one for each value below 2048, then 1024 for each power of two. */
const HALF_BITS = 10;
const BUCKETS = bucketOf(RANGE.highestTrackableValue) + 1;

/**
 * Counts durations, one array access each; HdrHistogram's `recordValue` takes ten times as long, and there are two or three
 * durations for each query. The buckets are the same, so that nothing is lost when they are handed over at the end.
 */
export class Recorder {
  readonly #counts = new Uint32Array(BUCKETS);

  /** Durations beyond the range are counted at its ends. */
  record(durationNs: number): void {
    const microseconds = Math.min(RANGE.highestTrackableValue, Math.max(RANGE.lowestDiscernibleValue, Math.round(durationNs / 1000)));
    (this.#counts[bucketOf(microseconds)] as number)++;
  }

  histogram(): Histogram {
    const histogram = build(RANGE);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.#counts[bucket] as number;
      if (count > 0) histogram.recordValueWithCount(lowestOf(bucket), count);
    }
    return histogram;
  }

  /** HdrHistogram, V2 compressed, base64; microseconds. */
  encoded(): string {
    return encodeIntoCompressedBase64(this.histogram());
  }
}

function bucketOf(value: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value) - HALF_BITS);
  return (shift << HALF_BITS) + (value >>> shift);
}

function lowestOf(bucket: number): number {
  const shift = Math.max(0, (bucket >>> HALF_BITS) - 1);
  return (bucket - (shift << HALF_BITS)) << shift;
}
