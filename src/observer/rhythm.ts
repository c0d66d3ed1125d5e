import { NS_PER_MS } from "../clock.ts";
import { SIGNAL } from "./protocol.ts";
import type { Sampler } from "./sampler.ts";

/** Takes samples on an absolute schedule. */
export class Rhythm {
  readonly #sampler: Sampler;
  readonly #told: Int32Array<SharedArrayBuffer>;
  readonly #startNs: number;
  readonly #intervalNs: number;
  #dueNs: number;
  /** When the last sample was taken, or later. */
  nowNs: number;
  /** Of the newest look that the last sample out of turn answers. */
  lookNumber = 0;

  /** `told`: see ObserverData's `signal`. */
  constructor({ sampler, told, startNs, intervalNs }: { sampler: Sampler; told: Int32Array<SharedArrayBuffer>; startNs: number; intervalNs: number }) {
    this.#sampler = sampler;
    this.#told = told;
    this.#startNs = startNs;
    this.#intervalNs = intervalNs;
    this.#dueNs = startNs + intervalNs;
    this.nowNs = startNs;
  }

  /** Takes samples until one is taken at `untilNs` or later, or until there is a signal, which it gives: of `look` after a sample out of turn, of `end` at once. */
  keep(untilNs: number): number {
    do {
      // The wait itself says whether to look for a signal, which costs a thread that has just woken up 3 us.
      const inTurn = Atomics.wait(this.#told, 0, SIGNAL.goOn, (this.#dueNs - this.nowNs) / NS_PER_MS) === "timed-out";
      const asked = inTurn ? SIGNAL.goOn : Atomics.compareExchange(this.#told, 0, SIGNAL.look, SIGNAL.goOn);
      if (asked === SIGNAL.end) return asked;
      if (asked === SIGNAL.look) this.lookNumber = Atomics.load(this.#told, 1);
      // When it was taken is taken for now: another look at the clock would cost as much as a file, and the next sample is late by the reads alone.
      this.nowNs = this.#sampler.take();
      if (inTurn) this.#dueNs += this.#intervalNs;
      // A sample that was missed is not made up for: it would show what the next one shows.
      if (this.#dueNs < this.nowNs) this.#dueNs = this.#startNs + Math.ceil((this.nowNs - this.#startNs) / this.#intervalNs) * this.#intervalNs;
      if (asked === SIGNAL.look) return asked;
    } while (this.nowNs < untilNs);
    return SIGNAL.goOn;
  }
}
