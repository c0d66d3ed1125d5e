import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { readKernel, type ReadKernel } from "../analysis/kernel-fold.ts";
import { summarize, summarizeBesideKernel } from "../analysis/summarize.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import { ENTRY_POINTS } from "../entry-points.ts";
import { UserError } from "../errors.ts";
import { openRun, readLatencyLog, readSummary, type StoredRun } from "../store/read-run.ts";
import { storeSummary } from "../store/run-directory.ts";
import { hasFacts, RUN_FILES } from "../store/run-files.ts";

/** With fewer bytes of kernel records a thread takes as long to start as it saves: ten minutes at 10 ms (0.93 s with it, 0.96 s without; twenty minutes 1.24 and 1.38 s). */
const MANY_BYTES = 4 * 2 ** 20;

/** Derives the answer of a stored run from its facts; with `keep`, also writes it beside them as summary.json. `overlaid`: it is to be laid over others. */
export function summarizeStored(directory: string, { keep, overlaid = false }: { keep: boolean; overlaid?: boolean }): ToldRun {
  const stored = openFacts(directory);
  // Runs that lie over each other show their latencies too.
  const derived = summarize(stored, { overlaid, latencies: overlaid });
  if (keep) storeSummary(directory, derived.summary);
  return toldRun(stored, derived);
}

/** The same, with a second thread that reads the kernel's records of a long run meanwhile. `page`: it is to be told as a page. */
export async function summarizeInThreads(directory: string, { page }: { page: boolean }): Promise<ToldRun> {
  const stored = openFacts(directory);
  const reader = isLong(directory) ? new Worker(ENTRY_POINTS.kernelReader, { workerData: directory }) : null;
  const read = reader === null ? null : readBy(reader);
  try {
    const finish = summarizeBesideKernel(stored, { latencies: page });
    // Whatever ended the thread is told here, if it is still so.
    return toldRun(stored, finish((await read) ?? readKernel(stored)));
  } finally {
    void reader?.terminate();
  }
}

/** What the thread has read; null where it failed. */
function readBy(reader: Worker): Promise<ReadKernel | null> {
  return new Promise((resolve) => {
    reader.once("message", resolve);
    reader.once("error", () => resolve(null));
    reader.once("exit", () => resolve(null));
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
