import type { Cause } from "../../scenario/scenario.ts";
import type { ComparedSummary } from "./compared-run.ts";
import type { Comparison, Word } from "./comparison.ts";

/** Verdicts with which nobody's query fails. */
export const HARMLESS: ReadonlySet<Cause> = new Set(["healthy", "early-drop-masked", "untracked"]);

/** How often each verdict was given. */
export function countVerdicts(runs: readonly ComparedSummary[]): Comparison["base"]["verdicts"] {
  const counts: Comparison["base"]["verdicts"] = {};
  for (const { verdict } of runs) counts[verdict.cause] = (counts[verdict.cause] ?? 0) + 1;
  return counts;
}

/** What a change of verdict is worth: whether a failure is gone or has come. */
export function compareVerdicts(base: readonly ComparedSummary[], other: readonly ComparedSummary[]): { word: Word; why: string } {
  const [before, after] = [sole(base), sole(other)];
  if (before === null || after === null) return { word: "cannot tell", why: "the verdict is not the same in all runs of a group" };
  if (before === after) return { word: "no difference", why: `still ${after}` };
  const why = `${before} became ${after}`;
  if (before === "inconclusive" || after === "inconclusive" || HARMLESS.has(before) === HARMLESS.has(after)) return { word: "cannot tell", why };
  return { word: HARMLESS.has(after) ? "better" : "worse", why };
}

function sole(runs: readonly ComparedSummary[]): Cause | null {
  const causes = new Set(runs.map(({ verdict }) => verdict.cause));
  const [cause = null] = causes;
  return causes.size === 1 ? cause : null;
}
