import type { Libc } from "../../../libc/library.ts";
import { BATCH } from "../../../libc/messages.ts";
import { TickClock } from "../../../libc/tick-clock.ts";
import { ASSURED_AFTER_NS, ASSURED_AFTER_TICKS } from "../../fill-timing.ts";

/** When the flows of a fill began, a batch at a time, by the kernel's ticks. */
export class OpeningTimes {
  readonly #clock: TickClock;
  readonly #afterNs: number;
  /** Per batch: when the last packet that may have begun one of its flows had been sent, and whether all have begun for certain. */
  readonly #sentNs: Float64Array;
  readonly #begun: Uint8Array;

  constructor(libc: Libc, flows: number) {
    this.#clock = new TickClock(libc);
    this.#afterNs = ASSURED_AFTER_NS + ASSURED_AFTER_TICKS * this.#clock.tickNs;
    this.#sentNs = new Float64Array(Math.ceil(flows / BATCH));
    this.#begun = new Uint8Array(this.#sentNs.length);
  }

  nowNs(): number {
    return this.#clock.nowNs();
  }

  /** A packet of this flow was sent, perhaps its first. */
  stamp(flow: number): void {
    const batch = Math.floor(flow / BATCH);
    if (this.#begun[batch] === 0) this.#sentNs[batch] = this.#clock.nowNs();
  }

  /** All flows of this one's batch have begun. */
  begin(flow: number): void {
    this.stamp(flow);
    this.#begun[Math.floor(flow / BATCH)] = 1;
  }

  begun(flow: number): boolean {
    return this.#begun[Math.floor(flow / BATCH)] === 1;
  }

  /** From when on a packet makes any flow of this one's batch ASSURED. */
  readyNs(flow: number): number {
    return (this.#sentNs[Math.floor(flow / BATCH)] as number) + this.#afterNs;
  }
}
