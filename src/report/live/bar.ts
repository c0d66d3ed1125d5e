const FULL = "█";
const EMPTY = "░";
const MARK = "│";

/** A bar of `cells` columns. Rounded down, so that only a full table looks full; `markShare` draws a line there. */
export function bar(share: number, cells: number, markShare: number | null = null): string {
  const full = Math.min(cells, Math.floor(share * cells + 1e-9));
  const drawn = FULL.repeat(full) + EMPTY.repeat(cells - full);
  if (markShare === null) return drawn;
  const at = markCell(markShare, cells);
  return drawn.slice(0, at) + MARK + drawn.slice(at + 1);
}

/** The column of a bar in which a mark stands. */
export function markCell(share: number, cells: number): number {
  return Math.min(cells - 1, Math.floor(share * cells));
}

/** A share of the table in percent, rounded down: "99.9 %". */
export function floored(share: number): string {
  return `${(Math.floor(share * 1000 + 1e-9) / 10).toFixed(1)} %`;
}
