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
  const x = ranksOfPlaces(pairs.map(([place]) => place));
  const y = ranksOfPlaces(pairs.map(([, place]) => place));
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

/** Each value's place among all that are different, from 0: a correlation of ranks needs no more of it. */
export function placed(pairs: readonly Pair[]): Pair[] {
  const x = placesOf(pairs.map(([value]) => value));
  const y = placesOf(pairs.map(([, value]) => value));
  return pairs.map((_, index) => [x[index] ?? 0, y[index] ?? 0]);
}

/** The rank of each value, from 1; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  return ranksOfPlaces(placesOf(values));
}

function placesOf(values: readonly number[]): number[] {
  const different = [...new Set(Float64Array.from(values).sort())];
  const placeOf = new Map(different.map((value, place) => [value, place]));
  return values.map((value) => placeOf.get(value) ?? 0);
}

function ranksOfPlaces(places: readonly number[]): number[] {
  const often: number[] = [];
  for (const place of places) {
    while (often.length <= place) often.push(0);
    often[place] = (often[place] ?? 0) + 1;
  }
  let below = 0;
  const rankOf = often.map((equal) => {
    const rank = below + (equal + 1) / 2;
    below += equal;
    return rank;
  });
  return places.map((place) => rankOf[place] ?? 0);
}
