import fs from "node:fs";
import path from "node:path";
import type { Histogram } from "hdr-histogram-js";
import type { z } from "zod";
import { errnoOf, UserError } from "../errors.ts";
import { isFields, isSample, isTick } from "./bulk-check.ts";
import type { Fields } from "./bulk-check.ts";
import { parseHistogramLine } from "./histogram-log.ts";
import { forEachChunk } from "./lines.ts";
import { parseLines } from "./ndjson.ts";
import { type EventRecord, eventRecord } from "./event-records.ts";
import type { Facts, Reading } from "./facts.ts";
import { SCHEMA_VERSION } from "./format.ts";
import { kernelRecord, runRecord, senderRecord } from "./record-schemas.ts";
import type { KernelRecord, RunRecord, SenderRecord } from "./records.ts";
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
    senders: (visit) => readEach(dir, RUN_FILES.senders, ndjson(parseSender), visit),
    kernel: (visit) => readEach(dir, RUN_FILES.kernel, ndjson(parseKernel), visit),
    router: (visit) => readEach(dir, RUN_FILES.router, ndjson(parseKernel), visit),
    events: (visit) => readEach(dir, RUN_FILES.events, ndjson(parseEvent), visit),
    latencies: (visit) => readEach(dir, RUN_FILES.latency, histograms, visit),
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

type Parse<T> = (value: Fields) => T | null;

const parseSender: Parse<SenderRecord> = (value) => (isTick(value) ? value : checked(senderRecord, value));
const parseKernel: Parse<KernelRecord> = (value) => (isSample(value) ? value : checked(kernelRecord, value));
const parseEvent: Parse<EventRecord> = (value) => checked(eventRecord, value);

function checked<T>(schema: z.ZodType<T>, value: Fields): T | null {
  return schema.safeParse(value).data ?? null;
}

/** What whole lines hold, each: null when it is damaged, "nothing" when it is no record and need not be. */
type ReadLines<T> = (lines: string) => (T | "nothing" | null)[];

function ndjson<T>(parse: Parse<T>): ReadLines<T> {
  return (lines) => parseLines(lines).map((value) => (isFields(value) ? parse(value) : null));
}

function histograms(lines: string): (Histogram | "nothing" | null)[] {
  return lines.slice(0, -1).split("\n").map(parseHistogramLine);
}

function readEach<T extends object>(dir: string, file: string, read: ReadLines<T>, visit: (record: T) => void): Reading {
  const reading: Reading = { file, records: 0, damaged: 0, firstDamagedLine: null, truncated: false };
  let lineNumber = 0;
  reading.truncated = forEachChunk(path.join(dir, file), (lines) => {
    for (const record of read(lines)) {
      lineNumber += 1;
      if (record === "nothing") continue;
      if (record === null) {
        reading.damaged += 1;
        reading.firstDamagedLine ??= lineNumber;
        continue;
      }
      reading.records += 1;
      visit(record);
    }
  });
  return reading;
}

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
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
