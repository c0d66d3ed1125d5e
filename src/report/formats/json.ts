import type { ToldRun } from "../../analysis/told-run.ts";

/** The summary of a run, as summary.json has it. */
export function renderJson({ summary }: ToldRun): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}
