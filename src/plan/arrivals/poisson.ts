import { NS_PER_S } from "../../clock.ts";
import { seededRandom } from "../../model/random.ts";
import type { Arrivals } from "./arrivals.ts";

/**
 * A Poisson process: the gaps between queries are independent and exponentially distributed, with a mean of 1 / rate. The same
 * seed gives the same gaps, whatever the number of threads: each thread draws all of them and keeps its own queries.
 *
 * Asking goes forward: an earlier time or query than the last one is found by drawing from the beginning again.
 */
export function poissonArrivals({ ratePps, seed }: { ratePps: number; seed: number }): Arrivals {
  const meanNs = NS_PER_S / ratePps;
  let forTimes = new Walk(seed, meanNs);
  let forCounts = new Walk(seed, meanNs);
  return {
    atNs(index) {
      if (index < forTimes.index) forTimes = new Walk(seed, meanNs);
      while (forTimes.index < index) forTimes.next();
      return forTimes.atNs;
    },
    countBy(elapsedNs) {
      if (elapsedNs < forCounts.lastNs) forCounts = new Walk(seed, meanNs);
      while (forCounts.atNs <= elapsedNs) forCounts.next();
      return forCounts.index;
    },
    expectedBy: (elapsedNs) => Math.max(0, elapsedNs / meanNs),
  };
}

/** One pass over the arrivals, from the first. */
class Walk {
  readonly #random: () => number;
  readonly #meanNs: number;
  index = 0;
  atNs: number;
  /** The arrival before this one; 0 before the first. */
  lastNs = 0;

  constructor(seed: number, meanNs: number) {
    this.#random = seededRandom(seed);
    this.#meanNs = meanNs;
    this.atNs = this.#gap();
  }

  next(): void {
    this.index++;
    this.lastNs = this.atNs;
    this.atNs += this.#gap();
  }

  #gap(): number {
    return -this.#meanNs * Math.log1p(-this.#random());
  }
}
