import { z } from "zod";
import { CAUSES } from "../../scenario/scenario.ts";

const WORDS = ["better", "worse", "no difference", "cannot tell"] as const;
export type Word = (typeof WORDS)[number];

/** Everything that is compared, in the order in which it is told; the verdict stands apart. */
export const METRIC_NAMES = [
  "answeredShare",
  "epermShare",
  "explainedShare",
  "answeredPps",
  "latencyP99Ms",
  "onsetMs",
  "peakOccupancy",
  "tableMemoryBytes",
  "kernelUsPerQuery",
] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

const number = z.number().nullable();
const interval = z.object({ low: z.number(), high: z.number() });
const word = z.enum(WORDS);

const group = z.object({
  known: z.number().int().describe("Runs in which it is known"),
  never: z.number().int().describe("Runs in which what it times never came"),
  mean: number,
  median: number,
  interval: interval.nullable().describe("95 % interval of the mean; null for fewer than three values that no counts stand behind"),
});

const metric = z.object({
  metric: z.enum(METRIC_NAMES),
  base: group,
  other: group,
  difference: interval
    .extend({ value: z.number() })
    .nullable()
    .describe("Mean of other - mean of base, in the metric's unit, with its 95 % interval; null where it cannot be told"),
  word,
  why: z.string().describe("What the word rests on"),
});

const environmentDifference = z.object({
  kind: z.enum(["scenario", "engine", "max", "buckets", "kernel", "host", "sysctl", "rule", "tuning", "software"]),
  what: z.string().describe("Name of a sysctl, path in the scenario, table and chain of a rule"),
  base: z.string().nullable().describe("Null where there is none"),
  other: z.string().nullable(),
  intendedBy: z.string().nullable().describe("The tuning, or `table:` of the scenario, that asks for it; null where nothing does"),
});

const told = z.object({ name: z.string(), runs: z.array(z.string()).describe("Run ids"), verdicts: z.partialRecord(z.enum(CAUSES), z.number().int()) });

const contender = told.extend({
  incomparable: z.array(z.string()).describe("Why nothing can be concluded, in words; empty where the groups can be compared"),
  environment: z.array(environmentDifference).describe("All that differs from the baseline's environment"),
  verdict: z.object({ word, why: z.string() }),
  metrics: z.array(metric),
  overall: z.object({ word, why: z.string() }),
});

/** What `compare --json` prints: each group of runs against the first. */
export const comparisonSchema = z
  .object({
    schemaVersion: z.literal(1),
    noise: z.number().describe("What counts as no difference, as a share of the baseline's value; shares below 5 % count as 5 %"),
    level: z.literal(0.95),
    resamples: z.number().int().describe("Of the bootstrap over runs"),
    seed: z.number().int(),
    base: told,
    contenders: z.array(contender),
  })
  .meta({ title: "tablefull comparison of runs" });

export type Comparison = z.infer<typeof comparisonSchema>;
export type Contender = Comparison["contenders"][number];
export type MetricComparison = Contender["metrics"][number];
export type GroupValue = MetricComparison["base"];
export type EnvironmentDifference = Contender["environment"][number];
