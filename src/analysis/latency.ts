import { build } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import { LATENCY_UNITS_PER_MS } from "../store/records.ts";
import type { Summary } from "./summary.ts";

/** Merges the histograms of the load phases, as percentiles cannot be averaged. */
export class LatencyFold {
  readonly #merged = build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3 });

  add(histogram: Histogram): void {
    if (histogram.tag.startsWith("load-")) this.#merged.add(histogram);
  }

  /** All intervals together, in microseconds. */
  get merged(): Histogram {
    return this.#merged;
  }

  /** Percentiles in milliseconds of all intervals together; null without an answer. */
  finish(): Summary["latency"] {
    const merged = this.#merged;
    const milliseconds = (value: number): number | null => (merged.totalCount === 0 ? null : value / LATENCY_UNITS_PER_MS);
    return {
      p50: milliseconds(merged.getValueAtPercentile(50)),
      p90: milliseconds(merged.getValueAtPercentile(90)),
      p99: milliseconds(merged.getValueAtPercentile(99)),
      max: milliseconds(merged.maxValue),
    };
  }
}
