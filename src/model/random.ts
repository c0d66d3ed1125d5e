/**
 * A small seeded generator of numbers in [0, 1), so that a report of the same facts is the same to the byte.
 *
 * Source: mulberry32 by Tommy Ettinger (public domain): 32 bits of state, enough for resampling.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
