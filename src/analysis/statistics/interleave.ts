import { seededRandom } from "../../model/random.ts";

/** One run of a series: which variant, in which round. */
export interface Turn {
  round: number;
  name: string;
}

/**
 * Every variant once a round, each round in an order of its own, so that a machine that gets slower or warmer meanwhile
 * favours none of them (randomised blocks: Box, Hunter and Hunter, Statistics for Experimenters). The seed gives the order again.
 */
export function interleaved(names: readonly string[], { rounds, seed }: { rounds: number; seed: number }): Turn[] {
  const random = seededRandom(seed);
  return Array.from({ length: rounds }, (_, round) => shuffled(names, random).map((name) => ({ round, name }))).flat();
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen] as T, order[last] as T];
  }
  return order;
}
