import { build } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import type { Aggregation } from "../scenario/thresholds.ts";
import { LATENCY_UNITS_PER_MS } from "../store/records.ts";
import type { Summary } from "./summary.ts";

const MEDIAN = 50;

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
    const percentile = (at: number): number | null => this.valueMs("p", at);
    return { p50: percentile(50), p90: percentile(90), p99: percentile(99), max: this.valueMs("max", null) };
  }

  /** One value in milliseconds of all intervals together, as a threshold asks for it; null without an answer. */
  valueMs(aggregation: Aggregation, percentile: number | null): number | null {
    const merged = this.#merged;
    if (merged.totalCount === 0) return null;
    switch (aggregation) {
      case "avg":
        return merged.mean / LATENCY_UNITS_PER_MS;
      case "min":
        return merged.getValueAtPercentile(0) / LATENCY_UNITS_PER_MS;
      case "max":
        return merged.maxValue / LATENCY_UNITS_PER_MS;
      default:
        return merged.getValueAtPercentile(percentile ?? MEDIAN) / LATENCY_UNITS_PER_MS;
    }
  }
}
