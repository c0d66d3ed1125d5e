import type { Clock } from "../clock.ts";
import { Arena } from "./arena.ts";
import type { Libc } from "./library.ts";

const CLOCK_MONOTONIC_COARSE = 6;
const TIMESPEC_BYTES = 16;

/**
 * The kernel's own idea of now: CLOCK_MONOTONIC_COARSE (clock_gettime(2)) moves on with `jiffies`, by which the kernel measures its
 * timeouts. Where the CPU that keeps them is late, as on a virtual machine, and by 5 ticks at most (MAX_STALLED_JIFFIES in
 * kernel/time/tick-sched.c), any other clock is ahead of what it believes.
 */
export class TickClock implements Clock {
  readonly #libc: Libc;
  readonly #arena: Arena;
  readonly #address: number;
  readonly #offset: number;
  /** Length of a jiffy: 4 ms where HZ is 250. */
  readonly tickNs: number;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#arena = new Arena(libc, TIMESPEC_BYTES);
    ({ address: this.#address, offset: this.#offset } = this.#arena.take(TIMESPEC_BYTES));
    libc.clock_getres(CLOCK_MONOTONIC_COARSE, this.#address);
    this.tickNs = this.#timeNs();
  }

  nowNs(): number {
    this.#libc.clock_gettime(CLOCK_MONOTONIC_COARSE, this.#address);
    return this.#timeNs();
  }

  #timeNs(): number {
    const { view } = this.#arena;
    return Number(view.getBigInt64(this.#offset, true)) * 1e9 + view.getUint32(this.#offset + 8, true);
  }
}
