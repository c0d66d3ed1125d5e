import type { Searched } from "../analysis/limit-report.ts";
import { judgeTrial, type Trial } from "../analysis/trial.ts";
import type { Criterion } from "../plan/limit.ts";
import type { Plan } from "../plan/plan.ts";
import { afterTrial, type Bracket, nextRate } from "../search/bisection.ts";
import type { LabOrder } from "./lab-protocol.ts";
import { type RunEvents, superviseRun } from "./supervise.ts";
import { summarizeStored } from "./summarize-stored.ts";

/** Makes one trial of a rate; null when it was interrupted, and is not judged. */
type TryRate = (ratePps: number) => Promise<Trial | null>;

/** Bisects the rate with `repeat` trials of each, all of which must pass. Ends with what it knows when a trial is interrupted. */
export async function findLimit({ bracket, repeat }: { bracket: Bracket; repeat: number }, tryRate: TryRate): Promise<Searched> {
  const trials: Trial[] = [];
  for (let rate = nextRate(bracket); rate !== null; rate = nextRate(bracket)) {
    let passes = true;
    for (let n = 0; n < repeat && passes; n++) {
      const trial = await tryRate(rate);
      if (trial === null) return { trials, bracket, finished: false };
      trials.push(trial);
      passes = trial.verdict === "pass";
    }
    bracket = afterTrial(bracket, rate, passes);
  }
  return { trials, bracket, finished: true };
}

/** Trials as runs of their own, stored like any other: each in a fresh lab, and so from an empty table. Aborting `signal` interrupts. */
export function trialsInLab(
  { order, planAt, criterion }: { order: Omit<LabOrder, "plan" | "privilege">; planAt: (ratePps: number) => Plan; criterion: Criterion },
  { events, signal }: { events: RunEvents; signal: AbortSignal },
): TryRate {
  return async (ratePps) => {
    if (signal.aborted) return null;
    const end = await superviseRun({ ...order, plan: planAt(ratePps) }, { events, signal });
    const told = summarizeStored(end.directory, { keep: true });
    return end.state === "interrupted" ? null : judgeTrial(told, ratePps, criterion);
  };
}
