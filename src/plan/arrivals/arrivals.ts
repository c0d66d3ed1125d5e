/**
 * When the queries of a load are meant to go, all threads together: the i-th of them, from 0, at `atNs(i)` after the start.
 * Both functions agree to the last query: `countBy(t)` is how many i there are with atNs(i) <= t.
 */
export interface Arrivals {
  /** How many queries are due by then. */
  countBy(elapsedNs: number): number;
  /** When a query is due; Infinity if there never are so many. */
  atNs(index: number): number;
  /** N(t) without its steps: the integral of the rate, or the mean of what is drawn at random. */
  expectedBy(elapsedNs: number): number;
}

/**
 * How many queries are due by then, found from a guess: the number of indexes with atNs(index) <= elapsedNs. Integrals are inexact
 * by a few units in the last place, and a count must not be: it follows the times, which are what is kept to.
 */
export function countFrom(guess: number, elapsedNs: number, atNs: (index: number) => number): number {
  let count = Math.max(0, guess);
  while (count > 0 && atNs(count - 1) > elapsedNs) count--;
  while (atNs(count) <= elapsedNs) count++;
  return count;
}
