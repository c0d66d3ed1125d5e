import { afterTrial, type Bracket, bracketOf, nextRate } from "../search/bisection.ts";
import type { Plan } from "./plan.ts";
import { type PhasePrediction, predict } from "./prediction.ts";

/** What a rate must keep to pass: no send refused with EPERM, or no more than `most` of the attempted sends lost (0 to 1). */
export type Criterion = { kind: "eperm" } | { kind: "loss"; most: number };

/** The model's own limit, or what it does not know. A bracket without an end says the same as one that was measured. */
export type ModelLimit = { known: true; bracket: Bracket } | { known: false; unknown: string[] };

/** Much finer than what is measured: a trial of the model costs nothing. */
const PRECISION = 0.001;

/** Asks the model what trials ask the kernel: the highest rate of `planAt` that passes. */
export function modelLimit(planAt: (ratePps: number) => Plan, { from, to }: { from: number; to: number }, criterion: Criterion): ModelLimit {
  let bracket = bracketOf({ from, to, precision: PRECISION });
  for (let rate = nextRate(bracket); rate !== null; rate = nextRate(bracket)) {
    const { phases, cause, unknown } = predict(planAt(rate));
    if (unknown.length > 0) return { known: false, unknown };
    const loads = phases.filter(({ kind }) => kind === "load");
    if (criterion.kind === "loss" && loads.some(isUncounted)) return { known: false, unknown: ["how many of these queries are lost"] };
    // The share of refusals by long chains is not modelled, only that there are some.
    const passes = cause !== "chain-too-long" && (criterion.kind === "eperm" ? !loads.some(hasEperm) : sumOf(loads, "eperm") <= criterion.most * sumOf(loads, "queries"));
    bracket = afterTrial(bracket, rate, passes);
  }
  return { known: true, bracket };
}

/** Loads of which the model knows that queries are lost, and not how many. */
function isUncounted({ eperm, epermShare, lostShare, silent }: PhasePrediction): boolean {
  return lostShare !== null || ((silent || eperm === null) && epermShare !== null);
}

function hasEperm({ eperm, epermShare }: PhasePrediction): boolean {
  return eperm === null ? epermShare !== null : eperm >= 1;
}

function sumOf(loads: readonly PhasePrediction[], of: "eperm" | "queries"): number {
  return loads.reduce((sum, load) => sum + (load[of] ?? 0), 0);
}
