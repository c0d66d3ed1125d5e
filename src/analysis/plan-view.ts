import { z } from "zod";
import { AGGREGATION_NAMES, OPERATORS, THRESHOLD_METRIC_NAMES } from "../scenario/thresholds.ts";
import type { Threshold } from "../scenario/thresholds.ts";
import type { RunRecord } from "../store/records.ts";

const phase = z.object({
  kind: z.string(),
  state: z.string().optional(),
  entries: z.number().optional(),
  strategy: z.string().optional(),
  sockets: z.number().optional(),
  opened: z.string().optional(),
  outstanding: z.number().optional(),
  catchUpMs: z.number().optional(),
  ratePps: z.number().nullable().optional(),
  durationMs: z.number().nullable().optional(),
  queries: z.number().nullable().optional(),
  flowSpace: z.number().optional(),
});

const threshold = z.object({
  metric: z.enum(THRESHOLD_METRIC_NAMES),
  text: z.string(),
  aggregation: z.enum(AGGREGATION_NAMES),
  percentile: z.number().nullable(),
  operator: z.enum(OPERATORS),
  bound: z.number(),
  abortOnFail: z.boolean(),
  delayAbortEvalMs: z.number(),
}) satisfies z.ZodType<Threshold>;

const view = z.object({
  scenario: z.object({
    name: z.string(),
    lab: z.object({ topology: z.string(), resolver: z.string().optional(), tracking: z.boolean().optional() }),
    table: z.object({ max: z.number().nullable(), buckets: z.number().nullable() }),
    /** Absent in runs of earlier versions. */
    tunings: z.array(z.string()).default([]),
    observe: z.object({ everyMs: z.number() }),
    /** Absent in runs of before. */
    thresholds: z.array(threshold).optional(),
  }),
  table: z.object({ max: z.number(), buckets: z.number() }),
  libc: z.boolean().optional(),
  phases: z.array(phase),
});

/** What analysis needs of a stored plan. */
export type PlanView = z.infer<typeof view>;
export type PlannedPhaseView = PlanView["phases"][number];

/** Reads the plan of a run; null for a run that failed before it had one. */
export function planView(run: RunRecord): PlanView | null {
  return view.safeParse(run.plan).data ?? null;
}

/** `nf_conntrack_buckets` of the run: the plan's, or what the machine said before it began. */
export function bucketsOf(run: RunRecord, plan: PlanView | null): number | null {
  if (plan !== null) return plan.table.buckets;
  const sysctls = run.environment.sysctlsBefore;
  const text = sysctls["nf_conntrack_buckets"] ?? sysctls["net.netfilter.nf_conntrack_buckets"];
  return text === undefined || !/^\d+$/.test(text) ? null : Number(text);
}

/** Whether a load asked over TCP. */
export function askedOverTcp({ strategy }: PlannedPhaseView): boolean {
  return strategy?.startsWith("tcp-") ?? false;
}

/** How many queries a load's schedule holds; null where it has none. */
export function plannedQueries({ ratePps, durationMs, queries }: PlannedPhaseView): number | null {
  if (ratePps == null) return null;
  const byTime = durationMs == null ? Number.POSITIVE_INFINITY : (ratePps * durationMs) / 1000;
  const due = Math.min(byTime, queries ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(due) && due > 0 ? due : null;
}
