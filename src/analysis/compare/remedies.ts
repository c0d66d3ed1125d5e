import type { Cause } from "../../scenario/scenario.ts";
import type { Comparison, Contender } from "./comparison.ts";
import { HARMLESS } from "./verdicts.ts";

/** What a tuning does to a failure, the most useful first. */
export const EFFECTS = ["mends", "eases", "moves", "no difference", "cannot tell", "worse"] as const;
export type Effect = (typeof EFFECTS)[number];

/**
 * What a tuning does to the baseline's failure. It mends what failed in the baseline and fails in no run with the tuning; it eases a failure of
 * which less is left; it moves one that takes another form (other verdict, or fewer EPERM) while no more queries are answered.
 */
function effectOf(base: Comparison["base"], tuned: Contender): Effect {
  const { word } = tuned.overall;
  if (word === "worse") return "worse";
  if (!harmless(base.verdicts) && harmless(tuned.verdicts) && word !== "cannot tell") return "mends";
  if (word === "better") return "eases";
  const [before, after] = [sole(base.verdicts), sole(tuned.verdicts)];
  if (before !== null && after !== null && before !== after) return "moves";
  const refused = tuned.metrics.find(({ metric }) => metric === "epermShare")?.word;
  return word === "no difference" && (refused === "better" || refused === "worse") ? "moves" : word;
}

function causes(verdicts: Contender["verdicts"]): Cause[] {
  return Object.keys(verdicts) as Cause[];
}

/** The same for every tuning, by its name. */
export function effectsOf({ base, contenders }: Comparison): Record<string, Effect> {
  return Object.fromEntries(contenders.map((tuned) => [tuned.name, effectOf(base, tuned)]));
}

/** Whether no run failed. */
export function harmless(verdicts: Contender["verdicts"]): boolean {
  return causes(verdicts).every((cause) => HARMLESS.has(cause));
}

function sole(verdicts: Contender["verdicts"]): Cause | null {
  const [cause = null, ...others] = causes(verdicts);
  return others.length === 0 ? cause : null;
}
