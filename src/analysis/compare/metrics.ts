import { tableMemoryBytes } from "../../model/memory.ts";
import { peakShareOf } from "../peak-share.ts";
import type { Proportion } from "../statistics/proportion.ts";
import type { ComparedSummary } from "./compared-run.ts";
import type { MetricName } from "./comparison.ts";

export type Unit = "share" | "per second" | "ms" | "bytes" | "µs";

/** Something that is told of a run as one number. */
export interface Metric {
  /** For people. */
  title: string;
  unit: Unit;
  better: "lower" | "higher";
  /** Null: unknown; `never`: what it times did not come, which is later than any time. */
  of: (summary: ComparedSummary) => number | "never" | null;
  /** Why there may be no number where nothing is unknown. */
  without?: string;
  /** The counts behind a share: they allow an interval even for a single run. Null where they are unknown. */
  counts?: (summary: ComparedSummary) => Proportion | null;
}

const answered = ({ sends }: ComparedSummary): Proportion => ({ part: sends.answered, whole: sends.attempted - (sends.retries ?? 0) });
const eperm = ({ attribution, sends }: ComparedSummary): Proportion => ({ part: attribution.eperm, whole: sends.attempted });

export const METRICS: Record<MetricName, Metric> = {
  answeredShare: { title: "answered", unit: "share", better: "higher", of: shareOf(answered), counts: answered },
  epermShare: { title: "EPERM", unit: "share", better: "lower", of: shareOf(eperm), counts: eperm },
  explainedShare: {
    title: "explained",
    unit: "share",
    better: "higher",
    of: ({ attribution }) => attribution.explainedShare,
    without: "there may be no EPERM to explain",
    counts: ({ attribution: { eperm: whole, explainedShare } }) => (explainedShare === null ? null : { part: Math.round(explainedShare * whole), whole }),
  },
  answeredPps: { title: "answered/s", unit: "per second", better: "higher", of: ({ load }) => load?.answeredPps ?? null },
  latencyP99Ms: { title: "latency p99", unit: "ms", better: "lower", of: ({ latency }) => latency.p99, without: "nothing may have been answered" },
  onsetMs: {
    title: "first EPERM",
    unit: "ms",
    better: "higher",
    of: ({ onset, sends }) => (sends.attempted === 0 ? null : (onset?.sinceLoadMs ?? "never")),
  },
  peakOccupancy: {
    title: "peak occupancy",
    unit: "share",
    better: "lower",
    of: ({ table }) => peakShareOf(table),
  },
  tableMemoryBytes: {
    title: "table memory",
    unit: "bytes",
    better: "lower",
    of: ({ table: { buckets, peak } }) => (peak === null || buckets === null ? null : tableMemoryBytes({ entries: peak, buckets })),
  },
  kernelUsPerQuery: { title: "kernel CPU", unit: "µs", better: "lower", of: ({ cpu }) => cpu?.kernelUsPerQuery ?? null },
};

function shareOf(counts: (summary: ComparedSummary) => Proportion): Metric["of"] {
  return (summary) => {
    const { part, whole } = counts(summary);
    return whole === 0 ? null : part / whole;
  };
}
