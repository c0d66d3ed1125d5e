import fs from "node:fs";
import { errnoOf } from "../errors.ts";

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** A line is the bytes from `start` to `end`, without its newline; they are overwritten after the visit. */
type VisitLine = (bytes: Buffer, start: number, end: number) => void;

/**
 * Visits the whole lines of a file; memory stays at one chunk (or the longest line). A last line without its newline was cut short
 * by a kill and is left out. A file that is missing has no lines. Returns whether a line was cut.
 */
export function forEachLine(file: string, visit: VisitLine): boolean {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
  try {
    return readLines(descriptor, visit);
  } finally {
    fs.closeSync(descriptor);
  }
}

function readLines(descriptor: number, visit: VisitLine): boolean {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for (;;) {
    if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const read = fs.readSync(descriptor, buffer, filled, buffer.length - filled, null);
    if (read === 0) return filled > 0;
    const whole = buffer.subarray(0, filled + read).lastIndexOf(NEWLINE) + 1;
    filled += read;
    for (let start = 0; start < whole; ) {
      const end = buffer.indexOf(NEWLINE, start);
      visit(buffer, start, end);
      start = end + 1;
    }
    buffer.copyWithin(0, whole, filled);
    filled -= whole;
  }
}
