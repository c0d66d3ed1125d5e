import { spearman } from "./rank-correlation.ts";
import type { Pair } from "./rank-correlation.ts";

/**
 * By how many steps y follows x (negative: goes before it) where their rank correlation is highest, and how high it is there.
 * Of equal correlations the shortest lag wins. Null where no lag has one.
 *
 * Source: cross-correlation over lags, of ranks rather than values, as the relation is a step and not a line.
 *
 * @param runs series without a gap; no pair is made across two of them
 */
export function bestLag(runs: readonly (readonly Pair[])[], mostSteps: number): { steps: number; rho: number } | null {
  let best: { steps: number; rho: number } | null = null;
  for (let size = 0; size <= mostSteps; size += 1) {
    for (const steps of size === 0 ? [0] : [size, -size]) {
      const shifted = runs.flatMap((run) => shift(run, steps));
      const rho = shifted.length < 3 ? null : spearman(shifted);
      if (rho !== null && (best === null || rho > best.rho + 1e-9)) best = { steps, rho };
    }
  }
  return best;
}

function shift(run: readonly Pair[], steps: number): Pair[] {
  return run.flatMap(([x], index): Pair[] => {
    const later = run[index + steps];
    return later === undefined ? [] : [[x, later[1]]];
  });
}
