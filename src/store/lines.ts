import fs from "node:fs";
import { errnoOf } from "../errors.ts";

/** V8 gives strings beyond 128 KiB pages of their own, and takes longer to map those than to read the text. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Calls `visit` with the whole lines of a file, some at a time, each with its newline; memory stays at one chunk (or the longest line). A
 * last line without its newline was cut short by a kill and is left out. A file that is missing has no lines. Returns whether a line was cut.
 */
export function forEachChunk(file: string, visit: (lines: string) => void): boolean {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
  try {
    return readChunks(descriptor, visit);
  } finally {
    fs.closeSync(descriptor);
  }
}

function readChunks(descriptor: number, visit: (lines: string) => void): boolean {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for (;;) {
    if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const read = fs.readSync(descriptor, buffer, filled, buffer.length - filled, null);
    if (read === 0) return filled > 0;
    filled += read;
    const lastNewline = buffer.subarray(0, filled).lastIndexOf(0x0a);
    if (lastNewline === -1) continue;
    // Whole lines only, so no character is cut in two.
    visit(buffer.toString("utf8", 0, lastNewline + 1));
    buffer.copyWithin(0, lastNewline + 1, filled);
    filled -= lastNewline + 1;
  }
}
