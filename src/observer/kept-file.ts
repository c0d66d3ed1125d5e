import fs from "node:fs";
import { ReadMemory } from "./read-memory.ts";

/** Read at one time: a page, the buffer that the kernel itself begins with (seq_read_iter). */
const PAGE_BYTES = 4096;
/**
 * A seq_file of many records (one a CPU) gives whole records, a page of them at most, so a short read need not be the end:
 * only an empty one is. But it stops early only where the next record does not fit, and none is this long.
 */
const SURELY_WHOLE_BYTES = PAGE_BYTES / 2;

/**
 * A file of /proc that is read again and again through one descriptor: a positioned read gives fresh text
 * for a sixth of the cost of opening it each time. What it shows belongs to the namespace of whoever opened it.
 */
export class KeptFile {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Null where the file does not exist or may not be read. */
  static open(path: string): KeptFile | null {
    try {
      return new KeptFile(fs.openSync(path, "r"));
    } catch {
      return null;
    }
  }

  /** The whole text now; null when the kernel refuses (a namespace that is going away). */
  read(): string | null {
    const memory = new ReadMemory(null, PAGE_BYTES);
    const length = this.readTo(memory, 0);
    return length === null ? null : memory.bytes.toString("latin1", 0, length);
  }

  /** Reads the whole text of now to `at` of the memory. Gives its length, or null when the kernel refuses. */
  readTo(memory: ReadMemory, at: number): number | null {
    const length = memory.readAt(this.#fd, at, PAGE_BYTES, 0);
    return length >= 0 && length < SURELY_WHOLE_BYTES ? length : this.#readOn(memory, at, length);
  }

  #readOn(memory: ReadMemory, at: number, begun: number): number | null {
    for (let length = 0, got = begun; ; got = memory.readAt(this.#fd, at + length, PAGE_BYTES, length)) {
      if (got < 0) return null;
      if (got === 0) return length;
      length += got;
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}
