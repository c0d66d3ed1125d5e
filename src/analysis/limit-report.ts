import type { Criterion, ModelLimit } from "../plan/limit.ts";
import type { Bracket } from "../search/bisection.ts";
import type { Trial } from "./trial.ts";

/** What the trials of a search showed. */
export interface Searched {
  /** In the order in which they were made. */
  trials: Trial[];
  bracket: Bracket;
  /** False: stopped before the bracket was narrow enough. */
  finished: boolean;
}

/**
 * found        a rate that passes, and one at most `precision` above it that fails
 * above        even the highest rate passes
 * below        even the lowest rate fails
 * generator    the lowest rate that does not pass is one that the generator could not reach
 * interrupted  stopped before any of these was known
 */
type LimitOutcome = "found" | "above" | "below" | "generator" | "interrupted";

/** The answer of `find-limit`. Rates are in queries per second, shares from 0 to 1. */
export interface LimitReport {
  schemaVersion: 1;
  scenario: string;
  criterion: Criterion;
  /** Trials of each rate, all of which must pass. */
  repeat: number;
  outcome: LimitOutcome;
  /** `passed` is the limit where one was found. */
  bracket: Bracket;
  /** What the model says. `agreement`: the smaller of its limit and the measured one, of the larger; null where either is missing. */
  model: (Extract<ModelLimit, { known: true }> & { agreement: number | null }) | Extract<ModelLimit, { known: false }>;
  trials: Trial[];
}

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

function outcomeOf({ passed, failed }: Bracket, trials: readonly Trial[]): LimitOutcome {
  if (trials.some(({ ratePps, verdict }) => ratePps === failed && verdict === "generator")) return "generator";
  if (passed === null) return "below";
  return failed === null ? "above" : "found";
}

function agreement(measured: number | null, { passed, failed }: Bracket): number | null {
  if (measured === null || passed === null || failed === null) return null;
  return Math.min(measured, passed) / Math.max(measured, passed);
}
