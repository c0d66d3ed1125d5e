import fs from "node:fs";
import type { Libc } from "../libc/library.ts";

/** What a read gives for an error that has no number. */
const UNKNOWN = -1;

/**
 * Memory that files are read into: by the C library where it can be called, as what Node does around the same system call takes longer
 * than the call. It grows as it must, and what was read stays at its place. Both reads give a number of bytes, or an errno below zero, as the kernel itself does.
 */
export class ReadMemory {
  readonly #libc: Libc | null;
  #address = 0;
  #size = 0;
  #bytes = Buffer.alloc(0);

  constructor(libc: Libc | null, size: number) {
    this.#libc = libc;
    this.#allocate(size);
  }

  /** What was read; another one after a read that it had no room for. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Makes sure that there are `size` bytes from `at` on, as each read does. */
  makeRoom(at: number, size: number): void {
    if (at + size <= this.#size) return;
    const before = this.#bytes;
    this.#allocate(2 * (at + size));
    before.copy(this.#bytes);
  }

  /** Reads at most `size` bytes to `at`, from where the file is at. */
  read(fd: number, at: number, size: number): number {
    if (at + size > this.#size) this.makeRoom(at, size);
    if (this.#libc === null) return this.#readByNode(fd, at, size, null);
    const got = this.#libc.read(fd, this.#address + at, size);
    return got < 0 ? -this.#libc.errno() : got;
  }

  /** Reads at most `size` bytes to `at`, from a position in the file. */
  readAt(fd: number, at: number, size: number, position: number): number {
    if (at + size > this.#size) this.makeRoom(at, size);
    if (this.#libc === null) return this.#readByNode(fd, at, size, position);
    const got = this.#libc.pread(fd, this.#address + at, size, position);
    return got < 0 ? -this.#libc.errno() : got;
  }

  #readByNode(fd: number, at: number, size: number, position: number | null): number {
    try {
      return fs.readSync(fd, this.#bytes, at, size, position);
    } catch (error) {
      return (error as NodeJS.ErrnoException).errno ?? UNKNOWN;
    }
  }

  #allocate(size: number): void {
    this.#size = size;
    if (this.#libc === null) {
      this.#bytes = Buffer.alloc(size);
      return;
    }
    const { address, view } = this.#libc.allocate(size);
    this.#address = address;
    this.#bytes = Buffer.from(view);
  }
}
