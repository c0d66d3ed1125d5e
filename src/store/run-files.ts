import fs from "node:fs";
import path from "node:path";

/** The files of a run directory. */
export const RUN_FILES = {
  run: "run.json",
  senders: "senders.ndjson",
  kernel: "kernel.ndjson",
  /** The kernel of the router's namespace, in the schema of `kernel`; only where there is a router. */
  router: "router.ndjson",
  events: "events.ndjson",
  latency: "latency.hlog",
  summary: "summary.json",
} as const;

/** The file of a directory that holds a series of runs. */
export const SERIES_FILE = "series.json";

/** Whether facts are stored beside run.json: a reference is kept without them. */
export function hasFacts(dir: string): boolean {
  return fs.existsSync(path.join(dir, RUN_FILES.events));
}

/** Whether a directory is that of a run, or of a kept one. */
export function isRunDirectory(dir: string): boolean {
  return fs.existsSync(path.join(dir, RUN_FILES.run));
}

/** Whether a directory holds a series. */
export function isSeries(dir: string): boolean {
  return fs.existsSync(path.join(dir, SERIES_FILE));
}
