import type { Libc } from "./library.ts";

/** A piece of native memory: where it is for the kernel, and where in the arena's view for us. */
export interface Piece {
  address: number;
  offset: number;
}

/**
 * One native allocation that holds everything the kernel is pointed at. A JavaScript buffer must not serve
 * for this: its address does not keep it alive, and a collected one shows as bursts of EFAULT in mid-run.
 */
export class Arena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #address: number;
  #used = 0;

  constructor(libc: Libc, size: number) {
    const { address, view } = libc.allocate(size);
    this.#address = address;
    this.bytes = new Uint8Array(view);
    this.view = new DataView(view);
  }

  /** Takes `size` bytes aligned to 16; throws a RangeError when the arena was made too small. */
  take(size: number): Piece {
    const offset = (this.#used + 15) & ~15;
    if (offset + size > this.bytes.length) throw new RangeError(`arena of ${this.bytes.length} bytes is full`);
    this.#used = offset + size;
    return { address: this.#address + offset, offset };
  }

  /** Stores a pointer (64 bit, little endian) at `offset`. */
  setPointer(offset: number, address: number): void {
    this.view.setUint32(offset, address % 2 ** 32, true);
    this.view.setUint32(offset + 4, Math.floor(address / 2 ** 32), true);
  }
}
