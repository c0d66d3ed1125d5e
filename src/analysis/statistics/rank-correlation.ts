/** Two measurements of one moment. */
export type Pair = readonly [x: number, y: number];

/**
 * Spearman's rank correlation, -1 to 1, ties at their mean rank; null for fewer than two pairs or where one side never varies.
 *
 * Source: C. Spearman, "The proof and measurement of association between two things", 1904; with ties it is Pearson's
 * coefficient of the ranks (Kendall, "Rank Correlation Methods", chapter 3).
 */
export function spearman(pairs: readonly Pair[]): number | null {
  const x = ranks(pairs.map(([value]) => value));
  const y = ranks(pairs.map(([, value]) => value));
  const mean = (pairs.length + 1) / 2;
  let covariance = 0;
  let varianceX = 0;
  let varianceY = 0;
  for (const [index, rank] of x.entries()) {
    const dx = rank - mean;
    const dy = (y[index] ?? mean) - mean;
    covariance += dx * dy;
    varianceX += dx * dx;
    varianceY += dy * dy;
  }
  if (varianceX === 0 || varianceY === 0) return null;
  return Math.min(1, Math.max(-1, covariance / Math.sqrt(varianceX * varianceY)));
}

/** The rank of each value, from 1; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  const rankOf = new Map<number, number>();
  for (let first = 0; first < sorted.length; ) {
    const value = sorted[first] ?? 0;
    let end = first + 1;
    while (end < sorted.length && sorted[end] === value) end += 1;
    rankOf.set(value, (first + 1 + end) / 2);
    first = end;
  }
  return values.map((value) => rankOf.get(value) ?? Number.NaN);
}
