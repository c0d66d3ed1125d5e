import { z } from "zod";
import { CAUSES } from "../../scenario/scenario.ts";
import type { RunCurves } from "./overlay.ts";
import type { RunRecord } from "../../store/records.ts";

const count = z.number().int().nonnegative();
const known = z.number().nullable();

/** What a comparison needs of a summary. What runs of before did not tell is left out there, and null here. */
const comparedSummary = z.object({
  run: z.object({ id: z.string(), scenario: z.string(), state: z.string() }),
  verdict: z.object({ cause: z.enum(CAUSES), doubtful: z.boolean().optional() }),
  sends: z.object({ attempted: count, answered: count, retries: count.optional() }),
  load: z.object({ answeredPps: known }).optional(),
  cpu: z.object({ kernelUsPerQuery: known }).optional(),
  onset: z.object({ sinceLoadMs: z.number() }).nullable(),
  attribution: z.object({ eperm: count, explainedShare: known }),
  table: z.object({ max: known, buckets: known, peak: known }),
  latency: z.object({ p99: known }),
  tunings: z
    .array(z.object({ name: z.string(), changes: z.array(z.object({ what: z.string(), from: z.string().nullable(), to: z.string() })) }))
    .optional(),
});

export type ComparedSummary = z.infer<typeof comparedSummary>;

/** One run of a comparison: a `Summary` will do, and so will one that was kept without its facts. */
export interface ComparedRun {
  summary: ComparedSummary;
  run: RunRecord;
  /** Absent of a run that was kept without its facts, and where nobody draws it. */
  curves?: RunCurves;
}

/** Runs that were made alike, under a name to tell them by. */
export interface RunGroup {
  name: string;
  /** At least one. */
  runs: readonly ComparedRun[];
}

/** Reads a summary that was kept; null when it is none. */
export function readComparedSummary(value: unknown): ComparedSummary | null {
  return comparedSummary.safeParse(value).data ?? null;
}
