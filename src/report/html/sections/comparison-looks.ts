import type { RunGroup } from "../../../analysis/compare/compared-run.ts";
import type { SeriesSpec } from "../chart-spec.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { POINT_MARKS } from "../point-marks.ts";

/** As many as can be told apart, by colour and without: the baseline and those that help most. */
const MOST_DRAWN = 6;
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [14, 5]] as const;
/** The baseline is grey. */
const COLOURS = [6, 1, 2, 3, 4, 5] as const;

/** The groups that are laid over each other, the baseline first, and the names of those that are too many. */
export function drawable(groups: readonly RunGroup[]): { drawn: readonly RunGroup[]; left: string[] } {
  return { drawn: groups.slice(0, MOST_DRAWN), left: groups.slice(MOST_DRAWN).map(({ name }) => name) };
}

/** Which groups a chart leaves out, below it. */
export function leftOutNote(left: readonly string[]): Markup | null {
  if (left.length === 0) return null;
  return html`<p class="note">Not drawn, as no more than ${MOST_DRAWN} groups can be told apart: ${left.join(", ")}. The tables of intervals have all.</p>`;
}

/** How a group's line looks, the same in every chart. */
export function lookOf(name: string, index: number): Pick<SeriesSpec, "key" | "label" | "colour" | "dash"> {
  return { key: name, label: name, colour: COLOURS[index] ?? 6, dash: DASHES[index] ?? [] };
}

/** How a group's points look. */
export function markOf(index: number): string {
  return POINT_MARKS[index] ?? POINT_MARKS[0];
}
