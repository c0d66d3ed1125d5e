import fs from "node:fs";
import { errnoOf } from "../errors.ts";

/** V8 gives strings beyond 128 KiB pages of their own, and takes longer to map those than to read the text. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Calls `visit` with every whole line of a file; memory stays at one chunk (or the longest line). A last line without
 * its newline was cut short by a kill and is left out. A file that is missing has no lines. Returns whether a line was cut.
 */
export function forEachLine(file: string, visit: (line: string, lineNumber: number) => void): boolean {
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

function readLines(descriptor: number, visit: (line: string, lineNumber: number) => void): boolean {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  let lineNumber = 0;
  for (;;) {
    if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const read = fs.readSync(descriptor, buffer, filled, buffer.length - filled, null);
    if (read === 0) return filled > 0;
    filled += read;
    const lastNewline = buffer.subarray(0, filled).lastIndexOf(0x0a);
    if (lastNewline === -1) continue;
    // Whole lines only, so no character is cut in two.
    const text = buffer.toString("utf8", 0, lastNewline + 1);
    for (let from = 0; from < text.length; ) {
      const to = text.indexOf("\n", from);
      lineNumber += 1;
      visit(text.slice(from, to), lineNumber);
      from = to + 1;
    }
    buffer.copyWithin(0, lastNewline + 1, filled);
    filled -= lastNewline + 1;
  }
}
