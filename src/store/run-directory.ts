import fs from "node:fs";
import path from "node:path";
import { makeDirectories } from "../directories.ts";
import { errnoOf, UserError } from "../errors.ts";
import { histogramLogHeader, histogramLogLine } from "./histogram-log.ts";
import type { IntervalHistogram } from "./histogram-log.ts";
import type { EventRecord } from "./event-records.ts";
import type { KernelRecord, RunRecord, SenderRecord } from "./records.ts";
import { RUN_FILES } from "./run-files.ts";

/**
 * Appends the facts of one run as they happen. Every method is synchronous and writes whole lines, so a run that
 * is killed stays readable up to its last whole line. A results directory that cannot take them throws UserError.
 */
export interface RunWriter {
  readonly id: string;
  readonly directory: string;
  /** Writes run.json, or replaces it by rename. The first call must come before any other record. */
  updateRun(run: RunRecord): void;
  appendSender(records: readonly SenderRecord[]): void;
  appendKernel(records: readonly KernelRecord[]): void;
  appendRouter(records: readonly KernelRecord[]): void;
  appendEvent(record: EventRecord): void;
  appendHistogram(histogram: IntervalHistogram): void;
  /** Closes the files. Nothing can be appended afterwards; `updateRun` still works. */
  close(): void;
}

/** Makes `<root>/<UTC yyyymmddThhmmssZ>-<scenario>-<4 hex>/`. Throws UserError where that cannot be written. */
export function createRunDirectory(options: { root: string; scenario: string; startedAt: Date }): RunWriter {
  const { startedAt } = options;
  const { id, directory } = claimRunDirectory(options);

  const descriptors = new Map<string, number>();
  let described = false;

  function append(file: string, text: string, header?: () => string): void {
    if (!described) throw new Error(`${file}: run.json must be written before any other record`);
    if (text === "") return;
    guarded(directory, () => {
      let descriptor = descriptors.get(file);
      if (descriptor === undefined) {
        descriptor = fs.openSync(path.join(directory, file), "ax");
        descriptors.set(file, descriptor);
        if (header !== undefined) writeWhole(descriptor, header());
      }
      writeWhole(descriptor, text);
    });
  }

  const replace = (file: string, value: unknown): void => replaceFile(directory, file, value);

  return {
    id,
    directory,
    updateRun(run) {
      replace(RUN_FILES.run, run);
      described = true;
    },
    appendSender(records) {
      append(RUN_FILES.senders, lines(records));
    },
    appendKernel(records) {
      append(RUN_FILES.kernel, lines(records));
    },
    appendRouter(records) {
      append(RUN_FILES.router, lines(records));
    },
    appendEvent(record) {
      append(RUN_FILES.events, lines([record]));
    },
    appendHistogram(histogram) {
      append(RUN_FILES.latency, histogramLogLine(histogram), () => histogramLogHeader(startedAt));
    },
    close() {
      for (const descriptor of descriptors.values()) fs.closeSync(descriptor);
      descriptors.clear();
      described = false;
    },
  };
}

/** Makes the directory alone: `<root>/<UTC yyyymmddThhmmssZ>-<scenario>-<4 hex>/`. */
export function claimRunDirectory({ root, scenario, startedAt }: { root: string; scenario: string; startedAt: Date }): { id: string; directory: string } {
  const stamp = startedAt.toISOString().replace(/\.\d+Z$/, "Z").replace(/[-:]/g, "");
  return guarded(root, () => {
    makeDirectories(root);
    return claimDirectory(root, `${stamp}-${scenario}`);
  });
}

/** Writes summary.json of a stored run, in whole or not at all. */
export function storeSummary(directory: string, summary: object): void {
  replaceFile(directory, RUN_FILES.summary, summary);
}

/**
 * Keeps a run as the reference of its scenario, in `<root>/reference/<scenario>/`: its record and its summary, without the
 * facts, which are big, and without the scenario's path and text, which stand in `scenarios/`. Gives the directory.
 * Throws UserError where it cannot be written.
 */
export function keepReference({ root, run, scenario, summary }: { root: string; run: RunRecord; scenario: string; summary: object }): string {
  const directory = path.join(root, "reference", scenario);
  guarded(directory, () => makeDirectories(directory));
  replaceFile(directory, RUN_FILES.run, { ...run, scenarioFile: null, scenarioText: "" } satisfies RunRecord);
  replaceFile(directory, RUN_FILES.summary, summary);
  return directory;
}

/** By rename: whoever reads sees the old file or the new one, never a part of it. */
export function replaceFile(directory: string, file: string, value: unknown): void {
  guarded(directory, () => {
    const temporary = path.join(directory, `.${file}.tmp`);
    const descriptor = fs.openSync(temporary, "w");
    try {
      writeWhole(descriptor, `${JSON.stringify(value, null, 2)}\n`);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path.join(directory, file));
  });
}

/** Two runs of one scenario can begin in the same second: the name that mkdir accepts is ours alone. */
function claimDirectory(root: string, prefix: string): { id: string; directory: string } {
  for (let attempt = 1; ; attempt += 1) {
    const id = `${prefix}-${Math.floor(Math.random() * 0x10000).toString(16).padStart(4, "0")}`;
    const directory = path.join(root, id);
    try {
      fs.mkdirSync(directory);
      return { id, directory };
    } catch (error) {
      if (errnoOf(error) !== "EEXIST" || attempt === 16) throw error;
    }
  }
}

function lines(records: readonly object[]): string {
  let text = "";
  for (const record of records) text += `${JSON.stringify(record)}\n`;
  return text;
}

/** A nearly full disk takes a part of a write and reports success; only the next write says ENOSPC. */
function writeWhole(descriptor: number, text: string): void {
  let written = fs.writeSync(descriptor, text);
  if (written === Buffer.byteLength(text)) return;
  const bytes = Buffer.from(text);
  while (written < bytes.length) written += fs.writeSync(descriptor, bytes, written);
}

const REFUSALS: Record<string, string> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no directory can be made there",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of that path is not a directory",
  EEXIST: "there is a file in its place",
};

function guarded<T>(directory: string, effect: () => T): T {
  try {
    return effect();
  } catch (error) {
    const code = errnoOf(error);
    const why = code === null ? undefined : REFUSALS[code];
    if (why === undefined) throw error;
    throw new UserError(`cannot store the run in ${directory}: ${why} (${code}); choose another place with --results DIR`);
  }
}
