import fs from "node:fs";
import path from "node:path";
import { errnoOf, UserError } from "../errors.ts";
import type { Facts } from "./facts.ts";
import { SCHEMA_VERSION } from "./format.ts";
import { parseHistogramLine } from "./histogram-log.ts";
import { openKernel, parseObject, readEach, readSamples, readSenders } from "./read-records.ts";
import { runRecord } from "./records.ts";
import type { RunRecord } from "./records.ts";
import { RUN_FILES } from "./run-files.ts";

/** A stored run. */
export interface StoredRun extends Facts {
  readonly dir: string;
}

/** Opens a run directory. Throws UserError when it is none, or was written by another version. */
export function openRun(dir: string): StoredRun {
  const run = readRunRecord(dir);
  return {
    dir,
    run,
    senders: (visit, how) => readSenders(dir, visit, how),
    ...openKernel(dir),
    router: (visit) => readSamples(dir, RUN_FILES.router, visit),
    latencies: (visit) => readEach(path.join(dir, RUN_FILES.latency), (bytes, start, end) => parseHistogramLine(bytes.toString("utf8", start, end)), visit),
  };
}

/** The histogram log of a run as it was written; empty where there is none. */
export function readLatencyLog(dir: string): string {
  return readIfPresent(path.join(dir, RUN_FILES.latency)) ?? "";
}

/** What summary.json of a run directory holds; null where there is none that is JSON. */
export function readSummary(dir: string): unknown {
  const text = readIfPresent(path.join(dir, RUN_FILES.summary));
  return text === null ? null : parseObject(text);
}

/** The directory of the newest run below `root`. Throws UserError when there is none. */
export function latestRun(root: string): string {
  const newest = runDirectories(root).at(-1);
  if (newest === undefined) throw new UserError(`there is no run in ${root}: make one with \`tablefull run SCENARIO\``);
  return newest;
}

/** Every run directory below `root`, oldest first. */
export function runDirectories(root: string): string[] {
  return listDirectory(root)
    .filter((name) => /^\d{8}T\d{6}Z-/.test(name))
    .map((name) => path.join(root, name))
    .flatMap((dir) => {
      const written = fs.statSync(path.join(dir, RUN_FILES.run), { throwIfNoEntry: false })?.mtimeMs;
      return written === undefined ? [] : [{ dir, second: path.basename(dir).slice(0, 16), written }];
    })
    .sort((a, b) => a.second.localeCompare(b.second) || a.written - b.written)
    .map(({ dir }) => dir);
}

function readRunRecord(dir: string): RunRecord {
  const file = path.join(dir, RUN_FILES.run);
  if (!fs.existsSync(dir)) throw new UserError(`${dir} is not a run: there is no such directory`);
  const text = readIfPresent(file);
  if (text === null) throw new UserError(`${dir} is not a run: it has no ${RUN_FILES.run}`);
  const value = parseObject(text);
  if (value === null) throw new UserError(`${dir} is not a readable run: ${RUN_FILES.run} is not a JSON object`);
  if (value["schemaVersion"] !== SCHEMA_VERSION) {
    const found = JSON.stringify(value["schemaVersion"]) ?? "none";
    throw new UserError(
      `${dir} has schemaVersion ${found}, and this tablefull reads ${SCHEMA_VERSION}: report on it with the version that wrote it`,
    );
  }
  const parsed = runRecord.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(`${dir} is not a readable run: ${RUN_FILES.run}, ${issue?.path.join(".")}: ${issue?.message}`);
}

function readIfPresent(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (code === "EACCES") throw new UserError(`cannot read ${file}: permission denied`);
    throw error;
  }
}

function listDirectory(root: string): string[] {
  try {
    return fs.readdirSync(root);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
