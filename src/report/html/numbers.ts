/** Seconds since the start of the run, to the millisecond. */
export function secondsOf(ns: number): number {
  return Number((ns / 1e9).toFixed(3));
}

/** Values to as many digits as a chart can show, so that a page stays small. */
export function short(values: readonly (number | null)[], digits = 4): (number | null)[] {
  return values.map((value) => (value === null ? null : Number(value.toPrecision(Math.abs(value) >= 10 ** digits ? Math.ceil(Math.log10(Math.abs(value))) : digits))));
}
