/** Two measurements of one moment. */
export type Pair = readonly [x: number, y: number];

/**
 * Spearman's rank correlation, -1 to 1, ties at their mean rank; null for fewer than two pairs or where one side never varies.
 *
 * Source: C. Spearman, "The proof and measurement of association between two things", 1904; with ties it is Pearson's
 * coefficient of the ranks (Kendall, "Rank Correlation Methods", chapter 3).
 */
export function spearman(pairs: readonly Pair[]): number | null {
  return spearmanOfPlaces(placed(pairs));
}

/** The same of pairs that are `placed`, or of some of them: what is drawn from one series again and again is then sorted once. */
export function spearmanOfPlaces(pairs: readonly Pair[]): number | null {
  const rankOfX = ranksByPlace(pairs, 0);
  const rankOfY = ranksByPlace(pairs, 1);
  const mean = (pairs.length + 1) / 2;
  let covariance = 0;
  let varianceX = 0;
  let varianceY = 0;
  for (const [x, y] of pairs) {
    const dx = (rankOfX[x] ?? mean) - mean;
    const dy = (rankOfY[y] ?? mean) - mean;
    covariance += dx * dy;
    varianceX += dx * dx;
    varianceY += dy * dy;
  }
  if (varianceX === 0 || varianceY === 0) return null;
  return Math.min(1, Math.max(-1, covariance / Math.sqrt(varianceX * varianceY)));
}

/** Each value's place among all that are different, from 0: a correlation of ranks needs no more of it. */
export function placed(pairs: readonly Pair[]): Pair[] {
  const x = placesOf(pairs.map(([value]) => value));
  const y = placesOf(pairs.map(([, value]) => value));
  return pairs.map((_, index) => [x[index] ?? 0, y[index] ?? 0]);
}

function placesOf(values: readonly number[]): number[] {
  const different = [...new Set(Float64Array.from(values).sort())];
  const placeOf = new Map(different.map((value, place) => [value, place]));
  return values.map((value) => placeOf.get(value) ?? 0);
}

/** The rank of each place on one side of the pairs, from 1; equal values share the mean of their ranks. */
function ranksByPlace(pairs: readonly Pair[], side: 0 | 1): Float64Array {
  let last = -1;
  for (const pair of pairs) last = Math.max(last, pair[side]);
  const often = new Int32Array(last + 1);
  for (const pair of pairs) often[pair[side]] = (often[pair[side]] ?? 0) + 1;
  const rankOf = new Float64Array(last + 1);
  let below = 0;
  for (let place = 0; place <= last; place += 1) {
    const equal = often[place] ?? 0;
    rankOf[place] = below + (equal + 1) / 2;
    below += equal;
  }
  return rankOf;
}
