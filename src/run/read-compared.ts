import { type ComparedRun, readComparedSummary } from "../analysis/compare/compared-run.ts";
import { runCurves } from "../analysis/compare/overlay.ts";
import { UserError } from "../errors.ts";
import { openRun, readSummary } from "../store/read-run.ts";
import { hasFacts } from "../store/run-files.ts";
import { summarizeStored } from "./summarize-stored.ts";

/** A stored run as a comparison wants it: from its facts, or from its summary alone where it was kept without them. */
export function readCompared(directory: string): ComparedRun {
  if (hasFacts(directory)) {
    // Not the whole of it: a series can have a hundred runs.
    const told = summarizeStored(directory, { keep: false, overlaid: true });
    const curves = runCurves(told);
    return { summary: told.summary, run: told.run, ...(curves === null ? {} : { curves }) };
  }
  const { run } = openRun(directory);
  const summary = readComparedSummary(readSummary(directory));
  if (summary === null) throw new UserError(`${directory} has neither facts nor a summary.json that can be read: there is nothing to compare`);
  return { summary, run };
}
