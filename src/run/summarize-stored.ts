import { summarize } from "../analysis/summarize.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import { openRun } from "../store/read-run.ts";
import { storeSummary } from "../store/run-directory.ts";

/** Derives the answer of a stored run from its facts; with `keep`, also writes it beside them as summary.json. */
export function summarizeStored(directory: string, { keep }: { keep: boolean }): ToldRun {
  const stored = openRun(directory);
  const { summary, timeline } = summarize(stored);
  if (keep) storeSummary(directory, summary);
  return { summary, timeline, run: stored.run, directory };
}
