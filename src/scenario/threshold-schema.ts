import { z } from "zod";
import { duration } from "./text.ts";
import { CONDITION_PATTERN, parseCondition, THRESHOLD_METRICS, THRESHOLD_METRIC_NAMES, whyNotLive } from "./thresholds.ts";
import type { Threshold, ThresholdMetric } from "./thresholds.ts";

const MOST_OF_A_METRIC = 16;

const condition = z.string().meta({ pattern: CONDITION_PATTERN });

const whole = z.strictObject({
  threshold: condition.describe("Aggregation, operator, number: rate<0.01"),
  abortOnFail: z.boolean().default(false).describe("End the run as soon as it is crossed; of use for what is known while the run goes on"),
  delayAbortEval: duration("0s", "1h", ["2s"]).prefault("0s").describe("How long into the load abortOnFail waits"),
});

/** Keys of a threshold that is written as a block. */
export const THRESHOLD_KEYS = Object.keys(whole.shape);

const of = (metric: ThresholdMetric) => {
  const one = z.union([condition, whole]).transform((typed, context): Threshold => {
    const { threshold: text, abortOnFail, delayAbortEval } =
      typeof typed === "string" ? { threshold: typed, abortOnFail: false, delayAbortEval: 0 } : typed;
    const parsed = parseCondition(text, metric);
    const noAbort = abortOnFail ? whyNotLive(metric) : null;
    if (noAbort !== null) context.addIssue({ code: "custom", message: noAbort, path: ["abortOnFail"] });
    if (!parsed.ok) {
      context.addIssue({ code: "custom", message: parsed.error, path: typeof typed === "string" ? [] : ["threshold"] });
      return z.NEVER;
    }
    return { metric, text, ...parsed.value, abortOnFail, delayAbortEvalMs: delayAbortEval };
  });
  const { about, example } = THRESHOLD_METRICS[metric];
  return z.array(one).min(1).max(MOST_OF_A_METRIC).optional().meta({ description: about, examples: [[example]] });
};

/** The block `thresholds:`: lists of conditions by metric. */
export const thresholds = z.strictObject(
  Object.fromEntries(THRESHOLD_METRIC_NAMES.map((metric) => [metric, of(metric)])) as Record<ThresholdMetric, ReturnType<typeof of>>,
);
