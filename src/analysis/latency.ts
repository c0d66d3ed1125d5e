import { build } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import type { Aggregation } from "../scenario/thresholds.ts";
import { LATENCY_UNITS_PER_MS } from "../store/format.ts";
import type { LatencyCounts } from "./bins.ts";
import type { Summary } from "./summary.ts";

const MEDIAN = 50;

/** Merges the histograms of the load phases, as percentiles cannot be averaged. */
export class LatencyFold {
  /** One for each tag: `load-<phase>`, `uncorrected-<phase>`, `lateness-<phase>`. */
  readonly #byTag = new Map<string, Histogram>();
  #merged = emptyHistogram();
  #source: Summary["latencySource"] = null;

  add(histogram: Histogram): void {
    const { tag } = histogram;
    const sum = this.#byTag.get(tag) ?? emptyHistogram();
    this.#byTag.set(tag, sum);
    sum.add(histogram);
    if (!tag.startsWith("load-")) return;
    this.#merged.add(histogram);
    if (histogram.totalCount > 0) this.#source = "histograms";
  }

  /** Takes the answers of a run's ticks (`latenciesUs`) instead, where the histograms hold fewer: it ended before they were stored, or they are damaged. */
  complete(ticked: readonly LatencyCounts[]): void {
    let total = 0;
    for (const latenciesUs of ticked) {
      for (const answers of latenciesUs.values()) total += answers;
    }
    if (total <= this.#merged.totalCount) return;
    this.#merged = emptyHistogram(1);
    for (const latenciesUs of ticked) {
      for (const [microseconds, answers] of latenciesUs) this.#merged.recordValueWithCount(microseconds, answers);
    }
    this.#source = "ticks";
  }

  /** Where the latencies of answers come from; null where there are none. */
  get source(): Summary["latencySource"] {
    return this.#source;
  }

  /** Latencies of all intervals together, in microseconds. */
  get merged(): Histogram {
    return this.#merged;
  }

  /** Percentiles in milliseconds of all intervals together; null without an answer. */
  finish(): Summary["latency"] {
    return percentilesOf(this.#merged);
  }

  /** The same from the actual send; null where no load has a rate. */
  uncorrected(): Summary["uncorrectedLatency"] {
    const sum = this.uncorrectedMerged;
    return sum === null ? null : percentilesOf(sum);
  }

  /** Latencies from the actual send; null where no load has a rate, and of ticks, which do not tell them. A load without one has no other latency, so that one counts. */
  get uncorrectedMerged(): Histogram | null {
    if (this.#source === "ticks") return null;
    const sum = emptyHistogram();
    let paced = false;
    for (const [tag, histogram] of this.#byTag) {
      if (!tag.startsWith("load-")) continue;
      const uncorrected = this.#byTag.get(tag.replace("load-", "uncorrected-"));
      paced ||= uncorrected !== undefined;
      sum.add(uncorrected ?? histogram);
    }
    return paced ? sum : null;
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

/** Whole microseconds, as large as it needs to be. */
export function emptyHistogram(digits: 1 | 3 = 3): Histogram {
  return build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: digits });
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

/** Steps for each halving of the distance to 100 %, as in `.hgrm`. */
const TICKS_PER_HALF = 5;

/** Latency in milliseconds by percentile, 0 to 100, until the slowest answer; empty without one. */
export function percentileCurve(histogram: Histogram): { percentile: number; ms: number }[] {
  const curve: { percentile: number; ms: number }[] = [];
  for (let step = 0; histogram.totalCount > 0; step += 1) {
    const beyond = 2 ** (-step / TICKS_PER_HALF);
    const percentile = 100 * (1 - beyond);
    curve.push({ percentile, ms: histogram.getValueAtPercentile(percentile) / LATENCY_UNITS_PER_MS });
    if (beyond * histogram.totalCount <= 1) break;
  }
  return curve;
}

/**
 * A percentile in milliseconds of answers as ticks count them (`latenciesUs`), by the upper end of a bucket: at most a
 * sixteenth above. 100 is the slowest; null without an answer.
 */
export function tickPercentileMs(latenciesUs: LatencyCounts, percentile: number): number | null {
  const buckets = Array.from(latenciesUs, ([from, answers]) => ({ from, answers }));
  const rank = (percentile / 100) * buckets.reduce((sum, { answers }) => sum + answers, 0);
  let seen = 0;
  for (const { from, answers } of buckets.sort((a, b) => a.from - b.from)) {
    seen += answers;
    if (seen >= rank && answers > 0) return (from + bucketWidth(from) - 1) / LATENCY_UNITS_PER_MS;
  }
  return null;
}

/** HdrHistogram's buckets for 1 significant digit: one for each microsecond below 32, then 16 for each power of two. */
function bucketWidth(fromUs: number): number {
  return Math.max(1, 2 ** Math.floor(Math.log2(fromUs)) / 16);
}
