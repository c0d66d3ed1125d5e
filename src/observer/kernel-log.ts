import fs from "node:fs";
import { constants } from "node:os";
import { errnoOf } from "../errors.ts";
import { type KernelLogLine, parseKmsgRecord } from "../kernel/kmsg.ts";
import type { Libc } from "../libc/library.ts";
import { ReadMemory } from "./read-memory.ts";

/** One record of /dev/kmsg is at most this long (CONSOLE_EXT_LOG_MAX). */
const RECORD_BYTES = 8192;
/** Records read at one time, so that a chatty kernel does not delay the sampling. */
const MOST_RECORDS = 1000;

/** The kernel log from now on, as far as it speaks of the table. */
export interface KernelLog {
  /** "readable", or why not. */
  state: string;
  /** What was logged since the last call. */
  read(): KernelLogLine[];
  close(): void;
}

/** Opens /dev/kmsg (or `path`) and skips what it already holds. Where it may not be read (CAP_SYSLOG) it stays silent and says why. */
export function openKernelLog({ libc = null, path = "/dev/kmsg" }: { libc?: Libc | null; path?: string } = {}): KernelLog {
  let fd: number;
  try {
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    return silentLog(`not readable (${errnoOf(error) ?? "unknown"})`);
  }
  const memory = new ReadMemory(libc, RECORD_BYTES);

  /** One record; null when there is none at present. */
  function next(): string | null {
    for (;;) {
      const got = memory.read(fd, 0, RECORD_BYTES);
      if (got >= 0) return memory.bytes.toString("utf8", 0, got);
      // EPIPE: records were overwritten before we read them; the next read goes on with the oldest there is.
      if (got !== -constants.errno.EPIPE) return null;
    }
  }

  while (next() !== null);
  return {
    state: "readable",
    read() {
      const lines: KernelLogLine[] = [];
      for (let i = 0; i < MOST_RECORDS; i++) {
        const record = next();
        if (record === null) break;
        const line = parseKmsgRecord(record);
        if (line !== null) lines.push(line);
      }
      return lines;
    },
    close: () => fs.closeSync(fd),
  };
}

/** Since 6.18 the kernel says whose table is full, unless it is the first namespace's: by the namespace's inode. */
const NETNS = /\bin netns (\d+)\b/;

/** The namespace that a line names, by inode; null where it names none, and so may be about any. */
export function namespaceOf({ line }: KernelLogLine): number | null {
  const inode = NETNS.exec(line)?.[1];
  return inode === undefined ? null : Number(inode);
}

/** The lines that can be about the tables of these namespaces, by inode. */
export function onlyOf(namespaces: readonly number[], log: KernelLog): KernelLog {
  const canBe = (namespace: number | null): boolean => namespace === null || namespaces.includes(namespace);
  return { ...log, read: () => log.read().filter((line) => canBe(namespaceOf(line))) };
}

/** A kernel log that says nothing, and why. */
export function silentLog(state: string): KernelLog {
  return { state, read: () => [], close() {} };
}
