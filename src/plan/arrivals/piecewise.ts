import { NS_PER_S } from "../../clock.ts";
import { type Arrivals, countFrom } from "./arrivals.ts";
import { queriesIn, secondsUntil, type Stretch, type Stretches } from "./stretches.ts";

/**
 * Arrivals at a rate that follows one stretch after another: query i is due when the integral of the rate exceeds i, so the
 * first one at once, and none within a pause.
 */
export function piecewiseArrivals({ stretches, repeats }: Stretches): Arrivals {
  const startS = new Float64Array(stretches.length + 1);
  const before = new Float64Array(stretches.length + 1);
  stretches.forEach((stretch, i) => {
    startS[i + 1] = (startS[i] as number) + stretch.lengthS;
    before[i + 1] = tidy((before[i] as number) + queriesIn(stretch, stretch.lengthS));
  });
  const roundS = repeats ? (startS.at(-1) as number) : Number.POSITIVE_INFINITY;
  const perRound = repeats ? (before.at(-1) as number) : Number.POSITIVE_INFINITY;
  /** The stretch of the query that was asked for last: the next one is in it too, or in the one that follows. */
  let near = 0;

  function atNs(index: number): number {
    let round = 0;
    let inRound = index;
    if (repeats) {
      round = Math.floor(index / perRound);
      inRound = Math.max(0, index - round * perRound);
      // The quotient can be a unit in the last place below a whole number.
      if (inRound >= perRound) {
        round++;
        inRound = 0;
      }
    }
    if (inRound < (before[near] as number) || inRound >= (before[near + 1] as number)) near = lastAtOrBelow(before, inRound);
    const stretch = stretches[near];
    // Beyond the end of a shape that ends at 0/s.
    if (stretch === undefined) return Number.POSITIVE_INFINITY;
    const inStretchS = secondsUntil(inRound - (before[near] as number), stretch);
    return ((round === 0 ? 0 : round * roundS) + (startS[near] as number) + inStretchS) * NS_PER_S;
  }

  function expectedBy(elapsedNs: number): number {
    if (elapsedNs <= 0) return 0;
    const elapsedS = elapsedNs / NS_PER_S;
    const round = repeats ? Math.floor(elapsedS / roundS) : 0;
    const inRoundS = repeats ? Math.max(0, elapsedS - round * roundS) : elapsedS;
    const at = Math.min(stretches.length - 1, lastAtOrBelow(startS, inRoundS));
    const within = queriesIn(stretches[at] as Stretch, inRoundS - (startS[at] as number));
    return (round === 0 ? 0 : round * perRound) + (before[at] as number) + within;
  }

  return {
    atNs,
    expectedBy,
    countBy: (elapsedNs) => (elapsedNs < 0 ? 0 : countFrom(Math.floor(expectedBy(elapsedNs)) + 1, elapsedNs, atNs)),
  };
}

/** The last index whose value is at most `value`, in a list that does not fall and begins with 0. */
function lastAtOrBelow(list: Float64Array, value: number): number {
  let low = 0;
  let high = list.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as number) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** Queries at the border of two stretches: 0.7 s at 10/s are 7 queries, and not 7.000000000000001. */
function tidy(queries: number): number {
  return Number(queries.toPrecision(13));
}
