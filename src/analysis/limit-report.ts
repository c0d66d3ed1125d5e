import { z } from "zod";
import type { ModelLimit } from "../plan/limit.ts";
import type { Bracket } from "../search/bisection.ts";
import { type Trial, trialSchema } from "./trial.ts";

/** What the trials of a search showed. */
export interface Searched {
  /** In the order in which they were made. */
  trials: Trial[];
  bracket: Bracket;
  /** False: stopped before the bracket was narrow enough. */
  finished: boolean;
}

const pps = z.number().positive().describe("Queries per second");

const bracketSchema = z.object({
  from: pps,
  to: pps,
  precision: z.number().describe("How far apart the two ends may be in the end: 0.05 is 5 %"),
  passed: pps.nullable().describe("The highest rate that passed; null: none has"),
  failed: pps.nullable().describe("The lowest rate that failed; null: none has"),
});

/** The answer of `find-limit`: what `--json` prints. */
export const limitReportSchema = z
  .object({
    schemaVersion: z.literal(1),
    scenario: z.string(),
    criterion: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("eperm") }).describe("No send refused with EPERM"),
      z.object({ kind: z.literal("loss"), most: z.number().min(0).max(1).describe("The most that may be lost, as a share of the attempted sends") }),
    ]),
    repeat: z.number().int().describe("Trials of each rate, all of which must pass"),
    outcome: z
      .enum(["found", "above", "below", "generator", "interrupted"])
      .describe(
        "found: a rate that passes, and one at most `precision` above it that fails; above: even the highest rate passes; below: even the lowest rate fails; " +
          "generator: the lowest rate that does not pass is one that the generator could not reach; interrupted: stopped before any of these was known",
      ),
    bracket: bracketSchema.describe("`passed` is the limit where one was found"),
    model: z
      .discriminatedUnion("known", [
        z.object({
          known: z.literal(true),
          bracket: bracketSchema,
          agreement: z.number().nullable().describe("The smaller of the model's limit and the measured one, of the larger; null where either is missing"),
        }),
        z.object({ known: z.literal(false), unknown: z.array(z.string()).describe("What the model does not know of this scenario") }),
      ])
      .describe("What the model says of the same question"),
    trials: z.array(trialSchema).describe("In the order in which they were made"),
  })
  .meta({ title: "tablefull search for the highest rate" });

export type LimitReport = z.infer<typeof limitReportSchema>;

/** Sets the trials beside the model. */
export function limitReport({ trials, bracket, finished }: Searched, model: ModelLimit, question: Pick<LimitReport, "scenario" | "criterion" | "repeat">): LimitReport {
  const outcome = finished ? outcomeOf(bracket, trials) : "interrupted";
  const measured = outcome === "found" ? bracket.passed : null;
  return {
    schemaVersion: 1,
    ...question,
    outcome,
    bracket,
    model: model.known ? { ...model, agreement: agreement(measured, model.bracket) } : model,
    trials,
  };
}

function outcomeOf({ passed, failed }: Bracket, trials: readonly Trial[]): LimitReport["outcome"] {
  if (trials.some(({ ratePps, verdict }) => ratePps === failed && verdict === "generator")) return "generator";
  if (passed === null) return "below";
  return failed === null ? "above" : "found";
}

function agreement(measured: number | null, { passed, failed }: Bracket): number | null {
  if (measured === null || passed === null || failed === null) return null;
  return Math.min(measured, passed) / Math.max(measured, passed);
}
