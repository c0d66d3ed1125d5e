/**
 * Which rows of a table of columns a chart needs: in each of `buckets` stretches of rows the lowest and the highest value of
 * every column, so that no spike is lost, and always the first row, the last and those that `always` names. Unknown is
 * null; its first row in a stretch is kept, so that a gap stays one.
 *
 * Source: min-max aggregation, as in Jugel et al., M4 (VLDB 2014), by rows instead of by pixels.
 *
 * @returns indices in order, each once; all of them where there are few enough
 */
export function keepExtremes(columns: readonly (readonly (number | null)[])[], { buckets, always }: { buckets: number; always: readonly number[] }): number[] {
  const rows = columns[0]?.length ?? 0;
  if (rows <= 2 * buckets) return Array.from({ length: rows }, (_, row) => row);
  const kept = new Set([0, rows - 1, ...always.filter((row) => Number.isInteger(row) && row >= 0 && row < rows)]);
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const from = Math.floor((bucket * rows) / buckets);
    const to = Math.floor(((bucket + 1) * rows) / buckets);
    for (const column of columns) for (const row of extremesOf(column, from, to)) kept.add(row);
  }
  return [...kept].sort((a, b) => a - b);
}

function extremesOf(column: readonly (number | null)[], from: number, to: number): number[] {
  let lowest = -1;
  let highest = -1;
  let unknown = -1;
  for (let row = from; row < to; row += 1) {
    const value = column[row] ?? null;
    if (value === null) {
      if (unknown < 0) unknown = row;
      continue;
    }
    if (lowest < 0 || value < (column[lowest] ?? 0)) lowest = row;
    if (highest < 0 || value > (column[highest] ?? 0)) highest = row;
  }
  return [lowest, highest, unknown].filter((row) => row >= 0);
}
