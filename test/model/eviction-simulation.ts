/** A seeded source of numbers in [0, 1): mulberry32, so that a simulation gives the same result everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const EVICTION_RANGE = 8;

type Entry = { dead: boolean; buckets: readonly [number, number] };

/**
 * Plays `__nf_conntrack_alloc` and `early_drop` on a table that holds `limit` entries, none ASSURED: each is hashed
 * twice, a new flow looks into 8 buckets from its own hash on, kills all in the first that holds any, and is refused
 * if none does. Says which share of the new flows was refused, and how often no victim was found when one was needed.
 */
export function simulateEviction({
  limit,
  buckets,
  attempts,
  seed,
}: {
  limit: number;
  buckets: number;
  attempts: number;
  seed: number;
}): { refusedShare: number; noVictimShare: number } {
  const random = seededRandom(seed);
  const anyBucket = (): number => Math.floor(random() * buckets);
  const table: Entry[][] = Array.from({ length: buckets }, () => []);
  let count = 0;

  const evictFrom = (first: number): boolean => {
    for (let step = 0; step < EVICTION_RANGE; step++) {
      const victims = [...(table[(first + step) % buckets] ?? [])];
      if (victims.length === 0) continue;
      for (const victim of victims) {
        if (victim.dead) continue;
        victim.dead = true;
        count--;
        for (const bucket of victim.buckets) {
          const chain = table[bucket] ?? [];
          chain.splice(chain.indexOf(victim), 1);
        }
      }
      return true;
    }
    return false;
  };

  let looked = 0;
  let refused = 0;
  const open = (): void => {
    const hash = anyBucket();
    if (count >= limit) {
      looked++;
      if (!evictFrom(hash)) {
        refused++;
        return;
      }
    }
    const entry: Entry = { dead: false, buckets: [hash, anyBucket()] };
    for (const bucket of entry.buckets) table[bucket]?.push(entry);
    count++;
  };

  while (count < limit) open();
  // Past the transient: the first evictions find a table that nothing has been taken from.
  for (let warmUp = 0; warmUp < 4 * limit; warmUp++) open();
  looked = 0;
  refused = 0;
  for (let attempt = 0; attempt < attempts; attempt++) open();
  return { refusedShare: refused / attempts, noVictimShare: looked === 0 ? 0 : refused / looked };
}
