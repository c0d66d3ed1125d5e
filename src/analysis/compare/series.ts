import { z } from "zod";
import { comparisonSchema, type Comparison, type Contender, type MetricName, type Word } from "./comparison.ts";
import { EFFECTS } from "./remedies.ts";

const WORST_LAST: Record<Word, number> = { better: 0, "no difference": 1, "cannot tell": 2, worse: 3 };

const tuneReport = z.object({
  scenario: z.string(),
  directory: z.string().describe("Where the series is stored"),
  rounds: z.number().int().describe("Runs of the baseline and of each tuning"),
  seed: z.number().int().describe("Of the order of the runs"),
  comparison: comparisonSchema.describe("Each tuning that was carried out against the baseline"),
  effects: z
    .record(z.string(), z.enum(EFFECTS))
    .describe("By tuning. mends: what failed in the baseline fails in no run; eases: less of it fails; moves: it takes another form, and no more queries are answered; worse: more fails"),
  refused: z.array(z.object({ name: z.string(), why: z.string() })).describe("Tunings that could not be carried out, or that had no effect"),
  left: z.number().int().describe("Runs that are still to be made"),
});

/** What a series found. */
export type TuneReport = z.infer<typeof tuneReport>;

/** What `tune --json` prints: each scenario's series. */
export const tuneReportsSchema = z.object({ schemaVersion: z.literal(1), series: z.array(tuneReport) }).meta({ title: "tablefull tune" });
export type TuneReports = z.infer<typeof tuneReportsSchema>;

/** Contenders, what helps most first. */
export function ranked({ contenders }: Comparison): Contender[] {
  const value = (contender: Contender, name: MetricName): number => contender.metrics.find(({ metric }) => metric === name)?.other.mean ?? 0;
  return contenders.toSorted(
    (a, b) =>
      WORST_LAST[a.overall.word] - WORST_LAST[b.overall.word] ||
      value(b, "answeredShare") - value(a, "answeredShare") ||
      value(a, "epermShare") - value(b, "epermShare") ||
      value(a, "kernelUsPerQuery") - value(b, "kernelUsPerQuery"),
  );
}
