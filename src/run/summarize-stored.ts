import { summarize } from "../analysis/summarize.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import { UserError } from "../errors.ts";
import { openRun, readLatencyLog, readSummary } from "../store/read-run.ts";
import { storeSummary } from "../store/run-directory.ts";
import { hasFacts } from "../store/run-files.ts";

/** Derives the answer of a stored run from its facts; with `keep`, also writes it beside them as summary.json. `overlaid`: it is to be laid over others. */
export function summarizeStored(directory: string, { keep, overlaid = false }: { keep: boolean; overlaid?: boolean }): ToldRun {
  const stored = openRun(directory);
  if (!hasFacts(directory) && readSummary(directory) !== null) {
    throw new UserError(`${directory} was kept without its facts, which a report is made from; what it serves for: tablefull compare ${directory} RUN`);
  }
  const derived = summarize(stored, { overlaid });
  if (keep) storeSummary(directory, derived.summary);
  return { ...derived, run: stored.run, directory, latencyLog: () => readLatencyLog(directory) };
}
