import fs from "node:fs";
import { parseKmsgRecord } from "../kernel/kmsg.ts";
import { isAbout } from "./kernel-log.ts";

/** One record of /dev/kmsg is at most this long (CONSOLE_EXT_LOG_MAX). */
const RECORD_BYTES = 8192;
/** More than any kernel's ring buffer holds. */
const MOST_RECORDS = 2_000_000;

/**
 * The "table full" lines about this namespace (by inode) that the kernel log still holds: how many, and when the last was, in
 * microseconds since boot; null where it may not be read. A line that names no namespace may be about any.
 */
export function readPastKernelLog(namespace: number, path = "/dev/kmsg"): { lines: number; lastUs: number | null } | null {
  let fd: number;
  try {
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    return null;
  }
  const buffer = Buffer.alloc(RECORD_BYTES);
  let lines = 0;
  let lastUs: number | null = null;
  try {
    for (let i = 0; i < MOST_RECORDS; i++) {
      const length = fs.readSync(fd, buffer, 0, RECORD_BYTES, null);
      if (length === 0) break;
      const line = parseKmsgRecord(buffer.toString("utf8", 0, length));
      if (line?.kind !== "table-full" || !isAbout(line, namespace)) continue;
      lines += 1;
      lastUs = line.timestampUs;
    }
  } catch {
    // EAGAIN: everything was read. EPIPE: records were overwritten meanwhile, and the rest is newer than what matters.
  } finally {
    fs.closeSync(fd);
  }
  return { lines, lastUs };
}
