import { insertedLabel } from "../../analysis/inserted.ts";
import type { Summary } from "../../analysis/summary.ts";
import { percent, tally } from "../../analysis/words.ts";
import { row } from "../page.ts";
import type { Page } from "../page.ts";
import { padLeft, padRight } from "../style.ts";

/** EPERM against occupancy: a row for each band that the load met, threshold, correlation and lag. Empty without EPERM. */
export function occupancyLines({ attribution, correlation, table: { inserted } }: Summary, page: Page): string[] {
  const { bands, lagMs, note, spearman, threshold } = correlation;
  if (attribution.eperm === 0 || bands.length === 0) return [];
  const cells = bands.map(({ from, to, attempted, eperm, share }) => [bandName(from, to), tally(attempted), tally(eperm), percent(share)]);
  const lines = tableLines([["table", "sends", "EPERM", "refused"], ...cells], page);
  const label = insertedLabel(inserted);
  if (label !== null) lines.push(row("inserted", label, page));
  if (note !== null) return [...lines, row("correlation", note, page)];
  if (threshold !== null) {
    lines.push(row("threshold", `the share refused steps up at ${percent(threshold.share)} of max (${tally(threshold.count)} entries)`, page));
  }
  if (spearman !== null) {
    const { rho, low, high, bins } = spearman;
    lines.push(row("correlation", `Spearman ${signed(rho)} (95 % interval ${signed(low)} to ${signed(high)}, ${tally(bins)} time bins)`, page));
  }
  // Where the interval holds 0, the best lag is that of noise.
  if (lagMs !== null && spearman !== null && spearman.low > 0) lines.push(row("lag", lagText(lagMs), page));
  return lines;
}

/** "95-99 %"; "full" for the band without an upper end. */
export function bandName(from: number, to: number | null): string {
  if (to === null) return "full";
  return from === 0 ? `below ${to * 100} %` : `${from * 100}-${to > 0.99 ? 100 : to * 100} %`;
}

function lagText(lagMs: number): string {
  if (lagMs === 0) return "none: both change in the same time bin";
  return lagMs > 0 ? `EPERM follows occupancy by ${tally(lagMs)} ms` : `EPERM precedes occupancy by ${tally(-lagMs)} ms`;
}

function signed(value: number): string {
  return value.toFixed(2);
}

function tableLines(rows: readonly (readonly string[])[], { paint }: Page): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells, index) => {
    const line = cells.map((cell, column) => (column === 0 ? padRight : padLeft)(cell, widths[column] ?? 0)).join("  ");
    return `  ${index === 0 ? paint("dim", line) : line}`;
  });
}
