/** `NF_CT_EVICTION_RANGE`: how many consecutive buckets `early_drop` looks into. */
const EVICTION_RANGE = 8;
/** Every entry is hashed twice: by its original and by its reply tuple. */
const HASHES_PER_ENTRY = 2;

/** A full table as `early_drop` sees it. */
export type EvictionInput = {
  /** U: entries of this namespace that may be evicted: confirmed, not dying, not ASSURED. */
  evictable: number;
  /** H: `nf_conntrack_buckets`, at least 1. */
  buckets: number;
};

/**
 * The probability, 0 to 1, that `early_drop` finds nothing to evict for one new flow: p = exp(-16 U / H).
 *
 * Source: `early_drop` and `early_drop_list` in net/netfilter/nf_conntrack_core.c. The buckets hold a Poisson
 * number of evictable hash nodes, 2 U / H on average; all 8 that it looks into must hold none.
 */
export function noVictimShare({ evictable, buckets }: EvictionInput): number {
  if (evictable <= 0) return 1;
  return Math.exp((-EVICTION_RANGE * HASHES_PER_ENTRY * evictable) / buckets);
}

/**
 * The share, 0 to 1, of new flows that a full table refuses: f = p / (p + (1 - p) k), where p is
 * `noVictimShare`, L = 2 U / H and k = L / (1 - exp(-L)).
 *
 * Source: derived from `__nf_conntrack_alloc` and `early_drop_list`, which kills every evictable entry of the first
 * bucket that has one: k of them on average (a Poisson number, given that it is not 0). The table is then k - 1 below
 * its limit after the new flow has gone in, so the next k - 1 flows meet no limit at all; of each p refusals
 * there are thus (1 - p) k flows that pass. Entries placed at random, U steady.
 *
 * Left out: once a flow was refused, the next pass of the collector removes entries until 95 % of max are left, and `early_drop`
 * does not count them: those not ASSURED, of any protocol, and TCP in FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT and CLOSE even
 * where they are ASSURED (`gc_worker`, `gc_worker_can_early_drop`, `tcp_can_early_drop`). Nothing is refused until that room is
 * used up. Passes are at most 60 s apart. Measured on 6.18 with max 262,144: 262,144 TIME_WAIT, or 6 % UDP not ASSURED, became
 * 248,994 within 2 s; UDP ASSURED and TCP ESTABLISHED stayed.
 */
export function epermShare({ evictable, buckets }: EvictionInput): number {
  if (evictable <= 0) return 1;
  const perBucket = (HASHES_PER_ENTRY * evictable) / buckets;
  // expm1 keeps the digits that 1 - exp(-x) loses at a small x; a quotient that underflows to 0 means "hardly any".
  const killed = perBucket > 0 ? perBucket / -Math.expm1(-perBucket) : 1;
  const found = -Math.expm1(-EVICTION_RANGE * perBucket);
  const none = noVictimShare({ evictable, buckets });
  return none / (none + found * killed);
}
