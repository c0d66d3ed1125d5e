import type { Pair } from "./rank-correlation.ts";

/** Where one level ends and another begins. */
export interface ChangePoint {
  /** The lowest x that belongs to the upper part. */
  at: number;
  /** Mean y below it and from it on. */
  below: number;
  above: number;
  /** The share of the variance of y that the split explains, 0 to 1. */
  explained: number;
}

/**
 * The single split of the x axis that leaves the least squared error of y around the mean of each side; null where x or y
 * never vary. Pairs of equal x stay together.
 *
 * Source: least-squares single change point, as in binary segmentation (Scott and Knott, 1974); a regression tree of one split.
 */
export function changePoint(pairs: readonly Pair[]): ChangePoint | null {
  const sorted = [...pairs].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, y]) => sum + y, 0);
  const mean = total / sorted.length;
  const variance = sorted.reduce((sum, [, y]) => sum + (y - mean) ** 2, 0);
  if (!(variance > 0)) return null;
  let best: ChangePoint | null = null;
  let lower = 0;
  for (let split = 1; split < sorted.length; split += 1) {
    lower += sorted[split - 1]?.[1] ?? 0;
    const at = sorted[split]?.[0] ?? 0;
    if (at === sorted[split - 1]?.[0]) continue;
    const below = lower / split;
    const above = (total - lower) / (sorted.length - split);
    const between = split * (below - mean) ** 2 + (sorted.length - split) * (above - mean) ** 2;
    const explained = Math.min(1, between / variance);
    if (best === null || explained > best.explained) best = { at, below, above, explained };
  }
  return best;
}
