/** A search between two rates, and what it knows so far. Rates are in queries per second, 0 < `from` < `to`. */
export interface Bracket {
  from: number;
  to: number;
  /** How far apart the two ends may be in the end: 0.05 is 5 %. */
  precision: number;
  /** The highest rate that passed and the lowest that failed; null: none has. */
  passed: number | null;
  failed: number | null;
}

/** Nothing tried yet. */
export function bracketOf({ from, to, precision }: Pick<Bracket, "from" | "to" | "precision">): Bracket {
  return { from, to, precision, passed: null, failed: null };
}

/**
 * The rate to try next: both ends first, then the geometric middle, rounded to digits that a person can type; null when there is
 * nothing left to learn, because the ends have met or do not enclose the limit.
 */
export function nextRate({ from, to, precision, passed, failed }: Bracket): number | null {
  if (passed === null) return failed === null ? from : null;
  if (failed === null) return passed < to ? to : null;
  if (failed / passed <= 1 + precision) return null;
  return rounded(Math.sqrt(passed * failed), precision);
}

/** The bracket after a trial of `rate`, which must be what `nextRate` gave. */
export function afterTrial(bracket: Bracket, rate: number, passes: boolean): Bracket {
  return passes ? { ...bracket, passed: rate } : { ...bracket, failed: rate };
}

/** How many rates a search tries at most. */
export function mostRates({ from, to, precision }: Pick<Bracket, "from" | "to" | "precision">): number {
  // Each middle halves the logarithm of the ratio; rounding adds up to a tenth of the precision to it.
  const enough = Math.log1p(precision) - 0.11 * precision;
  return 2 + Math.max(0, Math.ceil(Math.log2(Math.log(to / from) / enough)));
}

/** To a twentieth of the precision: strictly between the two ends, and no further from the middle than the search can spare. */
function rounded(rate: number, precision: number): number {
  return Number(rate.toPrecision(Math.ceil(-Math.log10(precision)) + 2));
}
