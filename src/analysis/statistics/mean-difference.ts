import { seededRandom } from "../../model/random.ts";
import type { Interval } from "./proportion.ts";

export const RESAMPLES = 10_000;
export const SEED = 19_790_101;
/** Fewer values say next to nothing of how much they vary. */
export const FEWEST = 3;

/** 97.5 % points of Student's t for 1 to 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093,
  2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const Z = 1.959_964;

/** A 95 % interval of the mean of what was measured a few times; null for fewer than three values. */
export function meanInterval(values: readonly number[]): Interval | null {
  const random = seededRandom(SEED);
  return percentiles(values.length, () => drawnMean(values, random));
}

/** A 95 % interval of the difference of two means, `other` - `base`; null where either has fewer than three values. */
export function meanDifferenceInterval(base: readonly number[], other: readonly number[]): Interval | null {
  const random = seededRandom(SEED);
  return percentiles(Math.min(base.length, other.length), () => drawnMean(other, random) - drawnMean(base, random));
}

/**
 * The expanded percentile interval of a bootstrap: of a few values, drawing again with replacement varies less than measuring
 * again would, and the plain percentiles would be too narrow. Of three against three values (five, ten) they hold the truth in
 * 81 of 100 cases (87, 94), these in 91 (97, 97). The same input gives the same output.
 *
 * Source: B. Efron, "Bootstrap methods", 1979; T. Hesterberg, "What teachers should know about the bootstrap", 2015, 3.3.
 */
function percentiles(size: number, draw: () => number): Interval | null {
  if (size < FEWEST) return null;
  const drawn = Array.from({ length: RESAMPLES }, draw).sort((a, b) => a - b);
  const tail = normalBelow(-Math.sqrt(size / (size - 1)) * (T[size - 2] ?? Z));
  const at = (index: number): number => drawn[index] ?? Number.NaN;
  const beyond = Math.floor(tail * RESAMPLES);
  return { low: at(beyond), high: at(RESAMPLES - 1 - beyond) };
}

function drawnMean(values: readonly number[], random: () => number): number {
  let sum = 0;
  for (let draw = 0; draw < values.length; draw += 1) sum += values[Math.floor(random() * values.length)] ?? 0;
  return sum / values.length;
}

/** The normal distribution below z <= 0, to 1e-7. Source: Abramowitz and Stegun, 26.2.17. */
function normalBelow(z: number): number {
  const t = 1 / (1 - 0.231_641_9 * z);
  const polynomial = t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return Math.max(0, (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * polynomial);
}
