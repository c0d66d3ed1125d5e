/** A chart as the page's script draws it. Shared by what writes the page and what runs in it: plain data only. */
export interface ChartSpec {
  id: string;
  /** Charts of one group share cursor and zoom; null stands alone. */
  group: string | null;
  height: number;
  x: Axis & { values: readonly number[] };
  y: Axis;
  series: readonly SeriesSpec[];
  /** Stretches of x, shaded in turns. */
  bands: readonly { from: number; to: number; label: string }[];
  marks: readonly { at: number; label: string }[];
  /** Short strokes at the bottom. */
  ticks: readonly number[];
  /** Whether bands and marks carry their words here, or a chart above does that for its group. */
  labelled: boolean;
}

interface Axis {
  unit: Unit;
  log: boolean;
  /** Always in view; null leaves an end to the data. */
  from: number | null;
  to: number | null;
}

/** How a value is written; `tail`: 1 / (1 - share), told as a percentile. */
export type Unit = "s" | "ms" | "entries" | "/s" | "share" | "tail" | "";

export interface SeriesSpec {
  key: string;
  /** A colour of the page, 1 to 6, and the dashes that tell it without colour. */
  colour: number;
  dash: readonly number[];
  draw: "line" | "steps" | "points";
  /** What each point is drawn with, of a series of points: an SVG path about 0, in CSS pixels. */
  mark?: string;
  /** As many as x has; null is a gap. */
  values: readonly (number | null)[];
  /** What the legend says where no definition has a name for it. */
  label?: string;
  /** Shaded about the values, in the series' colour; as many as x has. */
  range?: { low: readonly (number | null)[]; high: readonly (number | null)[] };
}
