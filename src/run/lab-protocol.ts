import type { Progress } from "../analysis/meter.ts";
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

export type ToLab = { type: "begin"; order: LabOrder } | { type: "stop"; why: string };

export type FromLab =
  | { type: "stored"; directory: string }
  | { type: "progress"; progress: Progress }
  | { type: "ended"; state: "finished" | "interrupted" }
  /** `message` is for the user; a bug is not caught and shows as the process's end. */
  | { type: "failed"; message: string };
