import type { Pair } from "./rank-correlation.ts";

/**
 * The Theil-Sen slope of y over x: the median of the slopes between all pairs of points, which up to 29 % outliers do not move. Null
 * for fewer than two points of different x. Takes n² time.
 *
 * Source: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968.
 */
export function medianSlope(points: readonly Pair[]): number | null {
  const slopes: number[] = [];
  for (const [index, [x, y]] of points.entries()) {
    for (const [laterX, laterY] of points.slice(index + 1)) {
      if (laterX !== x) slopes.push((laterY - y) / (laterX - x));
    }
  }
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  const upper = slopes[middle];
  if (upper === undefined) return null;
  return slopes.length % 2 === 1 ? upper : ((slopes[middle - 1] ?? upper) + upper) / 2;
}
