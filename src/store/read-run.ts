import fs from "node:fs";
import path from "node:path";
import type { Histogram } from "hdr-histogram-js";
import type { z } from "zod";
import { errnoOf, UserError } from "../errors.ts";
import { BulkLines } from "./bulk-lines.ts";
import { parseHistogramLine } from "./histogram-log.ts";
import { forEachLine } from "./lines.ts";
import { type EventRecord, eventRecord } from "./event-records.ts";
import type { Facts, Reading } from "./facts.ts";
import { SCHEMA_VERSION } from "./format.ts";
import { kernelRecord, runRecord, senderRecord, storedTick } from "./records.ts";
import type { KernelRecord, RunRecord, SenderRecord, StoredSenderRecord } from "./records.ts";
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
    senders: (visit) => readEach(dir, RUN_FILES.senders, readSender(), visit),
    kernel: (visit) => readEach(dir, RUN_FILES.kernel, readKernel(), visit),
    router: (visit) => readEach(dir, RUN_FILES.router, readKernel(), visit),
    events: (visit) => readEach(dir, RUN_FILES.events, readEvent, visit),
    latencies: (visit) => readEach(dir, RUN_FILES.latency, readHistogram, visit),
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

/** What a line holds: null when it is damaged, "nothing" when it is no record and need not be. */
type ReadLine<T> = (bytes: Buffer, start: number, end: number) => T | "nothing" | null;

function readSender(): ReadLine<StoredSenderRecord> {
  const bulk = new BulkLines();
  return (bytes, start, end) => {
    const tick = bulk.tick(bytes, start, end);
    if (tick !== null) return tick;
    const record = checked<SenderRecord>(senderRecord, bytes.toString("utf8", start, end));
    return record?.type === "tick" ? storedTick(record) : record;
  };
}

function readKernel(): ReadLine<KernelRecord> {
  const bulk = new BulkLines();
  return (bytes, start, end) => bulk.sample(bytes, start, end) ?? checked(kernelRecord, bytes.toString("utf8", start, end));
}

const readEvent: ReadLine<EventRecord> = (bytes, start, end) => checked(eventRecord, bytes.toString("utf8", start, end));

const readHistogram: ReadLine<Histogram> = (bytes, start, end) => parseHistogramLine(bytes.toString("utf8", start, end));

function checked<T>(schema: z.ZodType<T>, line: string): T | null {
  return schema.safeParse(parseObject(line)).data ?? null;
}

function readEach<T extends object>(dir: string, file: string, read: ReadLine<T>, visit: (record: T) => void): Reading {
  const reading: Reading = { file, records: 0, damaged: 0, firstDamagedLine: null, truncated: false };
  let lineNumber = 0;
  reading.truncated = forEachLine(path.join(dir, file), (bytes, start, end) => {
    lineNumber += 1;
    const record = read(bytes, start, end);
    if (record === "nothing") return;
    if (record === null) {
      reading.damaged += 1;
      reading.firstDamagedLine ??= lineNumber;
      return;
    }
    reading.records += 1;
    visit(record);
  });
  return reading;
}

/** A JSON object, its fields not yet checked. */
type Fields = Record<string, unknown>;

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
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
