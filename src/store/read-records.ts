import path from "node:path";
import type { z } from "zod";
import { BulkLines } from "./bulk-lines.ts";
import { type EventRecord, eventRecord } from "./event-records.ts";
import type { Facts, Reading } from "./facts.ts";
import { forEachLine } from "./lines.ts";
import { kernelRecord, senderRecord, storedTick } from "./records.ts";
import type { KernelRecord, SenderRecord, StoredSenderRecord } from "./records.ts";
import { RUN_FILES } from "./run-files.ts";

/** What a line holds: null when it is damaged, "nothing" when it is no record and need not be. */
type ReadLine<T> = (bytes: Buffer, start: number, end: number) => T | "nothing" | null;

/** What the client's kernel told during a run, and what happened meanwhile. */
export function openKernel(dir: string): Pick<Facts, "kernel" | "events"> {
  return {
    kernel: (visit) => readSamples(dir, RUN_FILES.kernel, visit),
    events: (visit) => readEach<EventRecord>(path.join(dir, RUN_FILES.events), (bytes, start, end) => checked(eventRecord, bytes.toString("utf8", start, end)), visit),
  };
}

/** A file of what an observer told. */
export function readSamples(dir: string, file: string, visit: (record: KernelRecord) => void): Reading {
  const bulk = new BulkLines();
  return readEach<KernelRecord>(path.join(dir, file), (bytes, start, end) => bulk.sample(bytes, start, end) ?? checked(kernelRecord, bytes.toString("utf8", start, end)), visit);
}

/** What the senders told. `latencies`: see Facts. */
export function readSenders(dir: string, visit: (record: StoredSenderRecord) => void, { latencies = true }: { latencies?: boolean } = {}): Reading {
  const bulk = new BulkLines({ latencies });
  const read: ReadLine<StoredSenderRecord> = (bytes, start, end) => {
    const tick = bulk.tick(bytes, start, end);
    if (tick !== null) return tick;
    const record = checked<SenderRecord>(senderRecord, bytes.toString("utf8", start, end));
    if (record?.type !== "tick") return record;
    return latencies ? storedTick(record) : { ...record, latenciesUs: undefined };
  };
  return readEach(path.join(dir, RUN_FILES.senders), read, visit);
}

/** Visits what `read` makes of each line of a file, and says how much of it could not be read. */
export function readEach<T extends object>(file: string, read: ReadLine<T>, visit: (record: T) => void): Reading {
  const reading: Reading = { file: path.basename(file), records: 0, damaged: 0, firstDamagedLine: null, truncated: false };
  let lineNumber = 0;
  reading.truncated = forEachLine(file, (bytes, start, end) => {
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

function checked<T>(schema: z.ZodType<T>, line: string): T | null {
  return schema.safeParse(parseObject(line)).data ?? null;
}

/** A JSON object, its fields not yet checked. */
type Fields = Record<string, unknown>;

/** A JSON object, or null. */
export function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}
