import { quote, right, wrong } from "./units.ts";
import type { Parsed } from "./units.ts";

const AGGREGATIONS = {
  share: ["rate"],
  gauge: ["value"],
  counter: ["count", "rate"],
  trend: ["avg", "min", "med", "max", "p"],
} as const;
type Kind = keyof typeof AGGREGATIONS;

interface MetricSpec {
  kind: Kind;
  /** Whether it can be told while the run goes on, so that abortOnFail can end it. */
  live: boolean;
  /** What it is, and its unit. */
  about: string;
  example: string;
}

/** What a threshold can be about; all over the load phases, unless said otherwise. */
export const THRESHOLD_METRICS = {
  eperm_share: { kind: "share", live: true, about: "Share of the attempted sends that were refused with EPERM, 0 to 1", example: "rate<0.01" },
  answered_share: { kind: "share", live: false, about: "Share of the queries that were answered in time, however often they were tried, 0 to 1", example: "rate>0.99" },
  explained_share: { kind: "share", live: false, about: "Share of the EPERM that the kernel's counters explain, 0 to 1", example: "rate>0.95" },
  onset_share: { kind: "share", live: false, about: "How full the table was at the first EPERM, 0 to 1", example: "rate>0.95" },
  peak_occupancy: { kind: "share", live: true, about: "How full the table was at most, in the whole run, 0 to 1", example: "rate<0.9" },
  onset: { kind: "gauge", live: true, about: "Milliseconds from the start of the load to the first EPERM; without an EPERM it never came", example: "value>2000" },
  attempted: { kind: "counter", live: false, about: "Attempted sends: count, or rate a second", example: "count>=10000" },
  answered: { kind: "counter", live: true, about: "Answers in time: count, or rate a second", example: "rate>1000" },
  unanswered: { kind: "counter", live: false, about: "Sent queries without an answer in time: count, or rate a second", example: "count<10" },
  dropped: { kind: "counter", live: false, about: "Queries of a load with a rate that were given up, as they were too far behind: count, or rate a second", example: "count==0" },
  kernel_dropped: { kind: "counter", live: false, about: "Packets that conntrack's drop counter counted: count, or rate a second", example: "count==0" },
  early_dropped: { kind: "counter", live: false, about: "Entries that early drop evicted: count, or rate a second", example: "count<1000" },
  latency: { kind: "trend", live: false, about: "Milliseconds until the answer, of answered queries", example: "p(99)<50" },
} as const satisfies Record<string, MetricSpec>;

export type ThresholdMetric = keyof typeof THRESHOLD_METRICS;
export const THRESHOLD_METRIC_NAMES = Object.keys(THRESHOLD_METRICS) as ThresholdMetric[];

export const OPERATORS = ["<=", "<", ">=", ">", "===", "==", "!="] as const;
export type Operator = (typeof OPERATORS)[number];
export const AGGREGATION_NAMES = ["rate", "value", "count", "avg", "min", "med", "max", "p"] as const satisfies readonly (typeof AGGREGATIONS)[Kind][number][];
export type Aggregation = (typeof AGGREGATION_NAMES)[number];

/** `p(99)<50`, read. */
export interface Condition {
  aggregation: Aggregation;
  /** The N of p(N), 0 to 100; null for other aggregations. */
  percentile: number | null;
  operator: Operator;
  /** Shares 0 to 1, latency and onset in milliseconds. */
  bound: number;
}

/** A limit that a run must keep; one that is crossed fails it. */
export interface Threshold extends Condition {
  metric: ThresholdMetric;
  /** As it was typed. */
  text: string;
  /** End the run as soon as it is crossed, and not before `delayAbortEvalMs` of the load. */
  abortOnFail: boolean;
  delayAbortEvalMs: number;
}

/** For editors; exactness stays with the parser. */
export const CONDITION_PATTERN = "^\\s*(rate|value|count|avg|min|med|max|p\\(\\d+(\\.\\d+)?\\))\\s*(<=|<|>=|>|===?|!=)\\s*\\d+(\\.\\d+)?\\s*$";
const CONDITION = /^\s*([a-z]+)(?:\((\d+(?:\.\d+)?)\))?\s*(<=|<|>=|>|===?|!=)\s*(\d+(?:\.\d+)?)\s*$/;

/** Reads a condition in k6's grammar: aggregation, operator, number. */
export function parseCondition(text: string, metric: ThresholdMetric): Parsed<Condition> {
  const { kind, example } = THRESHOLD_METRICS[metric];
  const [, name = "", at, operator = "", number = ""] = CONDITION.exec(text) ?? [];
  if (name === "") return wrong(`${quote(text)} is not a condition (aggregation, operator, number); write for example ${example}`);
  const aggregation = (AGGREGATIONS[kind] as readonly string[]).find((known) => known === name);
  if (aggregation === undefined || (aggregation === "p") !== (at !== undefined)) {
    const known = AGGREGATIONS[kind].map((word) => (word === "p" ? "p(99)" : word));
    return wrong(`${metric} has no aggregation ${at === undefined ? name : `${name}(${at})`}; write ${known.length === 1 ? known[0] : `one of ${known.join(", ")}`}, for example ${example}`);
  }
  const percentile = at === undefined ? null : Number(at);
  if (percentile !== null && percentile > 100) return wrong(`p(${at}) is beyond the last percentile; write at most p(100)`);
  const bound = Number(number);
  if (kind === "share" && bound > 1) return wrong(`${number} is more than the whole: ${metric} is a share from 0 to 1; write for example ${example}`);
  return right({ aggregation: aggregation as Aggregation, percentile, operator: operator as Operator, bound });
}

/** Why a threshold on this metric cannot end a run early, or null where it can. */
export function whyNotLive(metric: ThresholdMetric): string | null {
  if (THRESHOLD_METRICS[metric].live) return null;
  const live = THRESHOLD_METRIC_NAMES.filter((name) => THRESHOLD_METRICS[name].live);
  return `is known only when the run has ended, so abortOnFail has no use; leave it out (it is of use in ${live.join(", ")})`;
}
