import { FEWEST, meanDifferenceInterval, meanInterval } from "../statistics/mean-difference.ts";
import { newcombeInterval, wilsonInterval } from "../statistics/proportion.ts";
import type { Interval, Proportion } from "../statistics/proportion.ts";
import type { ComparedSummary } from "./compared-run.ts";
import type { GroupValue, MetricComparison, MetricName, Word } from "./comparison.ts";
import { METRICS } from "./metrics.ts";
import type { Metric } from "./metrics.ts";

/** Of a share close to nothing, 2 % of it is nothing at all: below this share noise is taken of this. */
const LEAST_SHARE = 0.05;
const BY_COUNTS = `by the counts of so few runs alone; ${FEWEST} in each group tell how much runs vary`;

/**
 * One metric of two groups. "better" and "worse" need an interval of the difference that lies beyond the noise as a whole, "no
 * difference" one that lies within it; anything else cannot be told. The interval is a bootstrap over runs; of a counted share
 * it holds the binomial one too, which also serves single runs.
 *
 * Source: the rule is that of criterion.rs (`compare_to_threshold`), with "within the noise" told apart from "cannot tell".
 *
 * @param noise as a share of the baseline's mean, 0 to 1
 */
export function compareMetric(name: MetricName, base: readonly ComparedSummary[], other: readonly ComparedSummary[], noise: number): MetricComparison {
  const metric = METRICS[name];
  const ofBase = valueOf(metric, base);
  const ofOther = valueOf(metric, other);
  const told = { metric: name, base: ofBase.told, other: ofOther.told };
  const onlyOnce = neverAgainstKnown(metric, ofBase, ofOther);
  if (onlyOnce !== null) return { ...told, difference: null, ...onlyOnce };
  const [before, after] = [ofBase.told.mean, ofOther.told.mean];
  const interval = intervalOf(ofBase, ofOther);
  if (before === null || after === null || interval === null) {
    return { ...told, difference: null, word: "cannot tell", why: whyUnknown(metric, ofBase, ofOther) };
  }
  const band = noise * (metric.unit === "share" ? Math.max(before, LEAST_SHARE) : Math.abs(before));
  const judged = wordOf(interval, band, metric);
  const few = Math.min(ofBase.values.length, ofOther.values.length) < FEWEST && judged.word !== "cannot tell";
  return { ...told, difference: { value: after - before, ...interval }, word: judged.word, why: few ? BY_COUNTS : judged.why };
}

interface Measured {
  told: GroupValue;
  values: number[];
  /** The counts of all runs together; null where there are none. */
  pooled: Proportion | null;
}

function valueOf(metric: Metric, runs: readonly ComparedSummary[]): Measured {
  const all = runs.map((summary) => metric.of(summary));
  const values = all.filter((value) => typeof value === "number");
  const pooled = poolCounts(metric, runs);
  const wilson = pooled === null ? null : wilsonInterval(pooled);
  return {
    values,
    pooled,
    told: {
      known: values.length,
      never: all.filter((value) => value === "never").length,
      mean: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length,
      median: median(values),
      interval: hull(meanInterval(values), wilson),
    },
  };
}

function poolCounts({ counts }: Metric, runs: readonly ComparedSummary[]): Proportion | null {
  if (counts === undefined) return null;
  const pooled = { part: 0, whole: 0 };
  for (const counted of runs.map(counts)) {
    if (counted === null) return null;
    pooled.part += counted.part;
    pooled.whole += counted.whole;
  }
  return pooled.whole === 0 ? null : pooled;
}

function intervalOf(base: Measured, other: Measured): Interval | null {
  const counted = base.pooled === null || other.pooled === null ? null : newcombeInterval(base.pooled, other.pooled);
  return hull(meanDifferenceInterval(base.values, other.values), counted);
}

/** Neither of two intervals is taken for less than it says. */
function hull(one: Interval | null, other: Interval | null): Interval | null {
  if (one === null || other === null) return one ?? other;
  return { low: Math.min(one.low, other.low), high: Math.max(one.high, other.high) };
}

/** What came in every run of one group and in none of the other needs no interval. */
function neverAgainstKnown({ better }: Metric, base: Measured, other: Measured): { word: Word; why: string } | null {
  const [came, cameToo] = [base.told.known, other.told.known];
  const [never, neverToo] = [base.told.never, other.told.never];
  if (never + neverToo === 0) return null;
  if (came + cameToo === 0) return { word: "no difference", why: "it came in no run" };
  if (never === 0 && cameToo === 0) return { word: better === "higher" ? "better" : "worse", why: "it no longer comes" };
  if (neverToo === 0 && came === 0) return { word: better === "higher" ? "worse" : "better", why: "it came in no run of the baseline" };
  return { word: "cannot tell", why: "it came in some runs only" };
}

function wordOf({ low, high }: Interval, band: number, { better }: Metric): { word: Word; why: string } {
  if (low > band) return { word: better === "higher" ? "better" : "worse", why: "more than noise" };
  if (high < -band) return { word: better === "higher" ? "worse" : "better", why: "more than noise" };
  if (low >= -band && high <= band) return { word: "no difference", why: "within the noise" };
  return { word: "cannot tell", why: "the interval reaches from within the noise beyond it" };
}

function whyUnknown({ without }: Metric, base: Measured, other: Measured): string {
  const missing = base.told.known === 0 ? "the baseline has no value" : other.told.known === 0 ? "these runs have no value" : null;
  if (missing !== null) return without === undefined ? missing : `${missing}: ${without}`;
  return `needs ${FEWEST} runs in each group`;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
