import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { readKernel, type ReadKernel } from "../analysis/read-kernel.ts";
import { summarize, summarizeWithout } from "../analysis/summarize.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import { ENTRY_POINTS } from "../entry-points.ts";
import { UserError } from "../errors.ts";
import { openRun, readLatencyLog, readSummary, type StoredRun } from "../store/read-run.ts";
import { storeSummary } from "../store/run-directory.ts";
import { hasFacts, RUN_FILES } from "../store/run-files.ts";

/** With fewer bytes of kernel records a thread takes longer to start than it saves: some two minutes at 10 ms. */
const MANY_BYTES = 4 * 2 ** 20;

/** Derives the answer of a stored run from its facts; with `keep`, also writes it beside them as summary.json. `overlaid`: it is to be laid over others. */
export function summarizeStored(directory: string, { keep, overlaid = false }: { keep: boolean; overlaid?: boolean }): ToldRun {
  const stored = openFacts(directory);
  const derived = summarize(stored, { overlaid, binnedLatencies: overlaid });
  if (keep) storeSummary(directory, derived.summary);
  return toldRun(stored, derived);
}

/** The same of a run that may be long, whose kernel records a second thread reads then. `page`: it is to be told as a page. */
export async function summarizeLong(directory: string, { page }: { page: boolean }): Promise<ToldRun> {
  const stored = openFacts(directory);
  const aside = isLong(directory) ? readKernelAside(directory).catch(() => null) : null;
  const finish = summarizeWithout(stored, { binnedLatencies: page });
  // Whatever ended the thread is told here, if it is still so.
  return toldRun(stored, finish((await aside) ?? readKernel(stored)));
}

/** Reads the kernel records of a run in a thread of its own. Rejects where that thread cannot be had, or failed. */
function readKernelAside(directory: string): Promise<ReadKernel> {
  return new Promise((resolve, reject) => {
    const reader = new Worker(ENTRY_POINTS.kernelReader, { workerData: directory });
    reader.once("message", resolve);
    reader.once("error", reject);
    reader.once("exit", () => reject(new Error("the thread that reads kernel records ended without a word")));
  });
}

function openFacts(directory: string): StoredRun {
  const stored = openRun(directory);
  if (!hasFacts(directory) && readSummary(directory) !== null) {
    throw new UserError(`${directory} was kept without its facts, which a report is made from; what it serves for: tablefull compare ${directory} RUN`);
  }
  return stored;
}

function toldRun({ run, dir: directory }: StoredRun, derived: ReturnType<typeof summarize>): ToldRun {
  return { ...derived, run, directory, latencyLog: () => readLatencyLog(directory) };
}

function isLong(directory: string): boolean {
  const bytes = fs.statSync(path.join(directory, RUN_FILES.kernel), { throwIfNoEntry: false })?.size ?? 0;
  return bytes >= MANY_BYTES && os.availableParallelism() > 1;
}
