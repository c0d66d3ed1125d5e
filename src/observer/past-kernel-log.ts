import fs from "node:fs";
import { parseKmsgRecord } from "../kernel/kmsg.ts";
import { namespaceOf } from "./kernel-log.ts";

/** One record of /dev/kmsg is at most this long (CONSOLE_EXT_LOG_MAX). */
const RECORD_BYTES = 8192;
/** More than any kernel's ring buffer holds. */
const MOST_RECORDS = 2_000_000;

/** "table full" lines of one kind: how many, and when the last was, in microseconds since boot. */
export interface PastLines {
  lines: number;
  lastUs: number | null;
}

/** The "table full" lines that the kernel log still holds, by whose table they say was full. */
export interface PastKernelLog {
  /** Of the namespace that was asked about. */
  own: PastLines;
  /** Of any namespace: they name none. */
  unnamed: PastLines;
  others: PastLines;
}

/** What the kernel log still holds of a full table, as seen from this namespace (by inode); null where it may not be read. */
export function readPastKernelLog(namespace: number, path = "/dev/kmsg"): PastKernelLog | null {
  let fd: number;
  try {
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    return null;
  }
  const buffer = Buffer.alloc(RECORD_BYTES);
  const found: PastKernelLog = { own: none(), unnamed: none(), others: none() };
  try {
    for (let i = 0; i < MOST_RECORDS; i++) {
      const length = fs.readSync(fd, buffer, 0, RECORD_BYTES, null);
      if (length === 0) break;
      const line = parseKmsgRecord(buffer.toString("utf8", 0, length));
      if (line?.kind !== "table-full") continue;
      const named = namespaceOf(line);
      const kind = named === null ? found.unnamed : named === namespace ? found.own : found.others;
      kind.lines += 1;
      kind.lastUs = line.timestampUs;
    }
  } catch {
    // EAGAIN: everything was read. EPIPE: records were overwritten meanwhile, and the rest is newer than what matters.
  } finally {
    fs.closeSync(fd);
  }
  return found;
}

function none(): PastLines {
  return { lines: 0, lastUs: null };
}
