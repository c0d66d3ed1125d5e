import type { Aggregation, Operator, Threshold, ThresholdMetric } from "../../scenario/thresholds.ts";
import type { Summary } from "../summary.ts";

/** What thresholds are evaluated on: a run's numbers, and the merged latencies of its answers in milliseconds. */
export interface Measured {
  sends: Pick<Summary["sends"], "attempted" | "retries" | "answered" | "unanswered">;
  load: Pick<Summary["load"], "durationMs">;
  onset: Pick<NonNullable<Summary["onset"]>, "sinceLoadMs" | "share"> | null;
  attribution: Pick<Summary["attribution"], "eperm" | "drop" | "earlyDrop" | "explainedShare">;
  /** Highest share of max that a sample saw. */
  peakShare: number | null;
  pacing: Pick<NonNullable<Summary["pacing"]>, "dropped"> | null;
  /** Null without an answer whose latency is stored. */
  latencyMs: (aggregation: Aggregation, percentile: number | null) => number | null;
}

/** A value, or why there is none. */
type Value = number | { unknown: string };

/** Each threshold against a run. What is unknown neither passes nor fails: it says why. */
export function evaluateThresholds(thresholds: readonly Threshold[], measured: Measured): Summary["thresholds"] {
  return thresholds.map((threshold) => {
    const { metric, text, abortOnFail } = threshold;
    const value = VALUES[metric](measured, threshold);
    const told = { metric, threshold: text, abortOnFail };
    if (typeof value !== "number") return { ...told, value: null, passed: null, unknown: value.unknown };
    return { ...told, value: Number.isFinite(value) ? value : null, passed: keeps(value, threshold), unknown: null };
  });
}

/** Whether a value keeps a condition. */
export function keeps(value: number, { operator, bound }: { operator: Operator; bound: number }): boolean {
  switch (operator) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "==":
    case "===":
      return value === bound;
    case "!=":
      return value !== bound;
  }
}

const NOTHING_SENT = { unknown: "nothing was sent" };
const NO_EPERM = { unknown: "no send was refused with EPERM" };

const VALUES: Record<ThresholdMetric, (measured: Measured, threshold: Threshold) => Value> = {
  eperm_share: ({ attribution, sends }) => share(attribution.eperm, sends.attempted),
  answered_share: ({ sends }) => share(sends.answered, sends.attempted - sends.retries),
  explained_share: ({ attribution: { eperm, explainedShare } }) =>
    eperm === 0 ? NO_EPERM : (explainedShare ?? { unknown: "this kernel does not count drops" }),
  onset_share: ({ onset }) => (onset === null ? NO_EPERM : (onset.share ?? { unknown: "how full the table was then is unknown" })),
  peak_occupancy: ({ peakShare }) => peakShare ?? { unknown: "how full the table was is unknown" },
  onset: ({ onset, sends }) => (sends.attempted === 0 ? NOTHING_SENT : (onset?.sinceLoadMs ?? Number.POSITIVE_INFINITY)),
  attempted: ({ load, sends }, { aggregation }) => counter(sends.attempted, aggregation, load),
  answered: ({ load, sends }, { aggregation }) => counter(sends.answered, aggregation, load),
  unanswered: ({ load, sends }, { aggregation }) => counter(sends.unanswered, aggregation, load),
  dropped: ({ load, pacing }, { aggregation }) => (pacing === null ? { unknown: "no load has a rate" } : counter(pacing.dropped, aggregation, load)),
  kernel_dropped: ({ attribution: { drop }, load }, { aggregation }) => counter(drop, aggregation, load),
  early_dropped: ({ attribution: { earlyDrop }, load }, { aggregation }) => counter(earlyDrop, aggregation, load),
  latency: ({ latencyMs, sends }, { aggregation, percentile }) =>
    latencyMs(aggregation, percentile) ?? { unknown: sends.answered === 0 ? "nothing was answered" : "the latencies of its answers are not stored" },
};

function share(part: number, whole: number): Value {
  return whole === 0 ? NOTHING_SENT : part / whole;
}

function counter(count: number | null, aggregation: Aggregation, { durationMs }: Measured["load"]): Value {
  if (count === null) return { unknown: "this kernel does not count it" };
  if (aggregation === "count") return count;
  return durationMs === null ? NOTHING_SENT : count / (durationMs / 1000);
}
