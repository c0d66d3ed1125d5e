import type { ComparedRun } from "../analysis/compare/compared-run.ts";
import { compareWithKept, scenarioChanges } from "../analysis/compare/regression.ts";
import type { Regression } from "../analysis/compare/regression.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import { readCompared } from "../run/read-compared.ts";
import { parseShare } from "../scenario/units.ts";

/** A kept run that a run will be held against. */
export interface Baseline {
  directory: string;
  kept: ComparedRun;
  noise: number;
}

/** Reads a kept run. Throws UserError where there is none, before anything is run. */
export function readBaseline(directory: string, noise: string): Baseline {
  const parsed = parseShare(noise);
  if (!parsed.ok) throw new UserError(`--noise: ${parsed.error}`);
  return { directory, kept: readCompared(directory), noise: parsed.value };
}

/** Throws UserError where a plan is not that of the kept run's scenario. */
export function checkBaseline({ directory, kept }: Baseline, plan: Plan): void {
  const changes = scenarioChanges(kept.run.plan, plan);
  if (changes.length === 0) return;
  throw new UserError(
    `--baseline: ${directory} was made with another scenario; keep a new one with --keep-as-reference\n${changes.map((change) => `  ${change}`).join("\n")}`,
  );
}

export function compareWithBaseline({ kept, noise }: Baseline, { run, summary }: ToldRun): Regression {
  return compareWithKept(kept, { run, summary }, { noise });
}
