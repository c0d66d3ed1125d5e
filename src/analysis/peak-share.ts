/** The highest count of a table as a share of its max; null where either is unknown. */
export function peakShareOf({ peak, max }: { peak: number | null; max: number | null }): number | null {
  return peak === null || max === null || max === 0 ? null : peak / max;
}
