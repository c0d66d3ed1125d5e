import { build } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import type { Aggregation } from "../scenario/thresholds.ts";
import { LATENCY_UNITS_PER_MS } from "../store/records.ts";
import type { Summary } from "./summary.ts";

const MEDIAN = 50;

/** Merges the histograms of the load phases, as percentiles cannot be averaged. */
export class LatencyFold {
  /** One for each tag: `load-<phase>`, `uncorrected-<phase>`, `lateness-<phase>`. */
  readonly #byTag = new Map<string, Histogram>();
  readonly #merged = emptyHistogram();

  add(histogram: Histogram): void {
    const { tag } = histogram;
    const sum = this.#byTag.get(tag) ?? emptyHistogram();
    this.#byTag.set(tag, sum);
    sum.add(histogram);
    if (tag.startsWith("load-")) this.#merged.add(histogram);
  }

  /** Latencies of all intervals together, in microseconds. */
  get merged(): Histogram {
    return this.#merged;
  }

  /** Percentiles in milliseconds of all intervals together; null without an answer. */
  finish(): Summary["latency"] {
    return percentilesOf(this.#merged);
  }

  /**
   * The same from the actual send; null where no load has a rate. A load without one has no other latency, so that one counts.
   */
  uncorrected(): Summary["uncorrectedLatency"] {
    const sum = emptyHistogram();
    let paced = false;
    for (const [tag, histogram] of this.#byTag) {
      if (!tag.startsWith("load-")) continue;
      const uncorrected = this.#byTag.get(tag.replace("load-", "uncorrected-"));
      paced ||= uncorrected !== undefined;
      sum.add(uncorrected ?? histogram);
    }
    return paced ? percentilesOf(sum) : null;
  }

  /** By how much the attempts of a load came later than they were meant to, or of all loads; null where nothing was meant to come at a time. */
  lateness(phase?: number): NonNullable<Summary["pacing"]>["lateness"] {
    const sum = emptyHistogram();
    for (const [tag, histogram] of this.#byTag) {
      if (phase === undefined ? tag.startsWith("lateness-") : tag === `lateness-${phase}`) sum.add(histogram);
    }
    const { p50, p99, max } = percentilesOf(sum);
    return p50 === null || p99 === null || max === null ? null : { p50, p99, max };
  }

  /** One value in milliseconds of all intervals together, as a threshold asks for it; null without an answer. */
  valueMs(aggregation: Aggregation, percentile: number | null): number | null {
    return valueMs(this.#merged, aggregation, percentile);
  }
}

function emptyHistogram(): Histogram {
  return build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3 });
}

function percentilesOf(histogram: Histogram): Summary["latency"] {
  const percentile = (at: number): number | null => valueMs(histogram, "p", at);
  return { p50: percentile(50), p90: percentile(90), p99: percentile(99), max: valueMs(histogram, "max", null) };
}

function valueMs(histogram: Histogram, aggregation: Aggregation, percentile: number | null): number | null {
  if (histogram.totalCount === 0) return null;
  switch (aggregation) {
    case "avg":
      return histogram.mean / LATENCY_UNITS_PER_MS;
    case "min":
      return histogram.getValueAtPercentile(0) / LATENCY_UNITS_PER_MS;
    case "max":
      // As percentiles are told: by the upper end of a bucket. `maxValue` is its lower end, which can be below the 99th percentile.
      return histogram.getValueAtPercentile(100) / LATENCY_UNITS_PER_MS;
    default:
      return histogram.getValueAtPercentile(percentile ?? MEDIAN) / LATENCY_UNITS_PER_MS;
  }
}
