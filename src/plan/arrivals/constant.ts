import { NS_PER_S } from "../../clock.ts";
import { type Arrivals, countFrom } from "./arrivals.ts";

/** A query every 1 / rate seconds, the first at once. */
export function constantArrivals(ratePps: number): Arrivals {
  const atNs = (index: number): number => (index * NS_PER_S) / ratePps;
  const expectedBy = (elapsedNs: number): number => Math.max(0, (elapsedNs * ratePps) / NS_PER_S);
  return {
    atNs,
    expectedBy,
    countBy: (elapsedNs) => (elapsedNs < 0 ? 0 : countFrom(Math.floor(expectedBy(elapsedNs)) + 1, elapsedNs, atNs)),
  };
}
