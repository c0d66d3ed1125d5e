import type { Progress } from "../analysis/live/progress.ts";
import type { Privilege } from "../lab/entrance.ts";
import type { Plan } from "../plan/plan.ts";

/** What the lab's process needs to carry out a run. */
export interface LabOrder {
  plan: Plan;
  scenario: { file: string; text: string };
  privilege: Privilege;
  /** Directory that run directories are made in. */
  results: string;
  /** tablefull's own version. */
  version: string;
}

/** How a run ended that did not fail: `interrupted` by a person, `stopped` by a threshold. */
export type RunEndState = "finished" | "interrupted" | "stopped";

export type ToLab = { type: "begin"; order: LabOrder } | { type: "stop"; why: string };

export type FromLab =
  | { type: "stored"; directory: string }
  | { type: "progress"; progress: Progress }
  | { type: "ended"; state: RunEndState }
  /** `message` is for the user; a bug is not caught and shows as the process's end. `machine`: the machine is at fault, not the input. */
  | { type: "failed"; message: string; machine: boolean };
