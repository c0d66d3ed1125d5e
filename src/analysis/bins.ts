/** Lowest microseconds of a bucket -> answers. A Map, as V8 keeps an object with such keys as an array from 0 on: 100 MB for the bins of an hour. */
export type LatencyCounts = Map<number, number>;

/** What happened in one slice of time. Counters are changes within it; null where the kernel does not tell. */
export interface Bin {
  /** Entries and max of the fullest sample within the bin: max can change, so the two belong together. */
  count: number | null;
  max: number | null;
  attempted: number;
  sent: number;
  eperm: number;
  otherFailed: number;
  answered: number;
  /** Lowest microseconds of a bucket of latency, as ticks have them -> answers; null where no tick tells. */
  latenciesUs: LatencyCounts | null;
  drop: number | null;
  earlyDrop: number | null;
  insertFailed: number | null;
  chainTooLong: number | null;
  /** The load that ran in the bin, even for a part of it; otherwise the phase in its middle, or null. */
  phase: number | null;
}

/** Neighbouring bins as one: the table at its fullest, changes summed, the first phase. */
export function mergeBins(bins: readonly Bin[]): Bin {
  const merged = emptyBin();
  for (const bin of bins) {
    if (isFuller(bin, merged)) [merged.count, merged.max] = [bin.count, bin.max];
    merged.attempted += bin.attempted;
    merged.sent += bin.sent;
    merged.eperm += bin.eperm;
    merged.otherFailed += bin.otherFailed;
    merged.answered += bin.answered;
    if (bin.latenciesUs !== null) {
      merged.latenciesUs ??= new Map();
      for (const [bucket, answers] of bin.latenciesUs) addAnswers(merged.latenciesUs, bucket, answers);
    }
    merged.drop = plus(merged.drop, bin.drop);
    merged.earlyDrop = plus(merged.earlyDrop, bin.earlyDrop);
    merged.insertFailed = plus(merged.insertFailed, bin.insertFailed);
    merged.chainTooLong = plus(merged.chainTooLong, bin.chainTooLong);
    merged.phase ??= bin.phase;
  }
  return merged;
}

/** Bins twice as wide. */
export function mergePairs(bins: readonly Bin[]): Bin[] {
  return Array.from({ length: Math.ceil(bins.length / 2) }, (_, index) => mergeBins(bins.slice(2 * index, 2 * index + 2)));
}

/** A bin of which nothing is known yet. */
export function emptyBin(): Bin {
  return {
    count: null,
    max: null,
    attempted: 0,
    sent: 0,
    eperm: 0,
    otherFailed: 0,
    answered: 0,
    latenciesUs: null,
    drop: null,
    earlyDrop: null,
    insertFailed: null,
    chainTooLong: null,
    phase: null,
  };
}

type Occupancy = Pick<Bin, "count" | "max">;

/** Whether one reading of a table is fuller than another: by its share of max, where both are as complete. */
export function isFuller(one: Occupancy, other: Occupancy): boolean {
  if (told(one) !== told(other)) return told(one) > told(other);
  return (one.count ?? 0) * (other.max ?? 1) > (other.count ?? 0) * (one.max ?? 1);
}

function told({ count, max }: Occupancy): number {
  return Number(count !== null) + Number(max !== null);
}

function plus(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return one + other;
}

/** Adds answers to those of a bucket. */
export function addAnswers(sums: LatencyCounts, bucket: number, answers: number): void {
  sums.set(bucket, (sums.get(bucket) ?? 0) + answers);
}
