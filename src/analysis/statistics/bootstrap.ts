import { seededRandom } from "../../model/random.ts";

const RESAMPLES = 500;
const SEED = 20_140_718;

/**
 * A percentile interval of a statistic of a time series, from a moving-block bootstrap: what was measured is drawn again with
 * replacement, in blocks of n^(1/3) neighbours, because neighbouring moments are alike and drawing them one by one would make
 * the interval too narrow. Null where fewer than half of the resamples have a value. The same input gives the same output.
 *
 * Source: H. R. Künsch, "The jackknife and the bootstrap for general stationary observations", 1989; B. Efron, "Bootstrap
 * methods", 1979, for the percentile interval.
 *
 * @param level how much of the resamples the interval holds, 0 to 1
 */
export function bootstrapInterval<T>(series: readonly T[], options: {
  statistic: (resample: readonly T[]) => number | null;
  level: number;
}): { low: number; high: number } | null {
  const random = seededRandom(SEED);
  const block = Math.max(1, Math.round(Math.cbrt(series.length)));
  const starts = series.length - block + 1;
  const values: number[] = [];
  for (let draw = 0; draw < RESAMPLES; draw += 1) {
    const resample: T[] = [];
    while (resample.length < series.length) {
      const start = Math.floor(random() * starts);
      resample.push(...series.slice(start, start + Math.min(block, series.length - resample.length)));
    }
    const value = options.statistic(resample);
    if (value !== null) values.push(value);
  }
  if (values.length < RESAMPLES / 2) return null;
  values.sort((a, b) => a - b);
  const tail = (1 - options.level) / 2;
  const at = (share: number): number => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
  return { low: at(tail), high: at(1 - tail) };
}
