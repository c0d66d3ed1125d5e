import type UPlot from "uplot";
import type { ChartSpec, SeriesSpec } from "../chart-spec.ts";
import { colour, drawBands, drawMarks, pointPaths } from "./drawing.ts";
import { label } from "./units.ts";

declare const uPlot: typeof UPlot;

const NARROW_PX = 520;

/** What a chart shows of x where nobody zoomed. */
export function fullRange({ x }: ChartSpec): [number, number] {
  return [x.from ?? x.values[0] ?? 0, x.to ?? x.values.at(-1) ?? 1];
}

/** 0.1, 1, 10: of a log axis nothing between them needs a line. */
function decades(_: UPlot, __: number, min: number, max: number): number[] {
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const last = Math.floor(Math.log10(max) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (___, index) => 10 ** (first + index));
}

/** y from 0 on, or what the page asks for; of a table that is looked at more closely, its last few entries are what matters. */
function scaleRange(spec: ChartSpec): UPlot.Range.Function {
  const { from, log, to, unit } = spec.y;
  return (u, min, max) => {
    if (log) {
      const low = min > 0 ? min : 0.1;
      return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(Math.max(max, low) * 1.001))];
    }
    const closely = unit === "entries" && isZoomed(spec, u) && min < max;
    const low = closely ? min - (max - min) * 0.06 : (from ?? min);
    const high = Math.max(to ?? Number.NEGATIVE_INFINITY, max ?? 1, low + 1e-9);
    return [low, low + (high - low) * 1.06];
  };
}

function isZoomed(spec: ChartSpec, u: UPlot): boolean {
  const [first, last] = fullRange(spec);
  const { min, max } = u.scales["x"] ?? {};
  return min != null && max != null && max - min < (last - first) * 0.999;
}

function seriesOptions(series: SeriesSpec): UPlot.Series {
  const stroke = (): string => colour(`c${series.colour}`);
  const common: UPlot.Series = { label: series.key, stroke, dash: [...series.dash], width: 2, spanGaps: false };
  if (series.draw === "points") return { ...common, dash: [], paths: () => null, points: { show: true, width: 1.5, stroke, fill: "transparent", paths: pointPaths(series.mark ?? "") } };
  const lonely = { show: (_: UPlot, __: number, first: number, last: number): boolean => last - first < 2, size: 5 };
  const stepped = series.draw === "steps" ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return { ...common, points: lonely, ...(stepped === undefined ? {} : { paths: stepped }) };
}

/** The row that is read at the cursor: the nearest one, of steps the one that the cursor is in. */
function rowAt(u: UPlot, series: SeriesSpec | undefined, nearest: number): number {
  const value = u.data[0][nearest];
  if (series?.draw !== "steps" || value === undefined || nearest === 0) return nearest;
  // The keyboard puts the cursor on the beginning of a step, give or take what a position is rounded by.
  return u.valToPos(value, "x") > (u.cursor.left ?? 0) + 0.25 ? nearest - 1 : nearest;
}

/** The border of a range: not drawn itself. Ranges come after all series, low and high of each. */
function edgeOptions(series: SeriesSpec): UPlot.Series {
  return { ...seriesOptions(series), stroke: "transparent", width: 0, points: { show: false } };
}

/** The series of which a range is shaded. */
export function ranges({ series }: ChartSpec): (SeriesSpec & { range: NonNullable<SeriesSpec["range"]> })[] {
  return series.flatMap((one) => (one.range === undefined ? [] : [{ ...one, range: one.range }]));
}

/** A chart as uPlot wants it. `onZoom`: other x are shown; `onCursor`: the cursor moved, or went. */
export function optionsOf(spec: ChartSpec, { onCursor, onZoom, width }: { onCursor: (u: UPlot) => void; onZoom: (u: UPlot) => void; width: number }): UPlot.Options {
  const narrow = width < NARROW_PX;
  const axis = { stroke: () => colour("soft"), grid: { stroke: () => colour("line"), width: 1 }, ticks: { stroke: () => colour("line"), width: 1 }, font: `${narrow ? 11 : 12}px system-ui, sans-serif` };
  const step = (splits: number[]): number => Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  const x = spec.x;
  return {
    width,
    height: spec.height,
    legend: { show: false },
    padding: [spec.labelled && spec.bands.length > 0 ? 20 : 10, 14, 0, 0],
    cursor: { dataIdx: (u, series, nearest) => rowAt(u, spec.series[series - 1], nearest), drag: { x: true, y: false, dist: 4 }, points: { size: 7 }, ...(spec.group === null ? {} : { sync: { key: spec.group, scales: ["x", null] as [string, null] } }) },
    scales: {
      x: { time: false, distr: x.log ? 3 : 1, range: (_, min, max) => [min, max] },
      y: { distr: spec.y.log ? 3 : 1, range: scaleRange(spec) },
    },
    axes: [
      { ...axis, ...(x.log ? { splits: decades } : {}), size: 30, space: narrow ? 60 : 80, values: (_, splits) => splits.map((value) => (value === null ? null : label(value, x.unit, step(splits)))) },
      { ...axis, ...(spec.y.log ? { splits: decades } : {}), size: narrow ? 54 : 72, space: 34, values: (_, splits) => splits.map((value) => (value === null ? null : label(value, spec.y.unit, step(splits)))) },
    ],
    series: [{}, ...spec.series.map(seriesOptions), ...ranges(spec).flatMap((series) => [edgeOptions(series), edgeOptions(series)])],
    bands: ranges(spec).map((series, index) => ({ series: [spec.series.length + 2 * index + 2, spec.series.length + 2 * index + 1], fill: () => `${colour(`c${series.colour}`)}26` })),
    hooks: {
      drawClear: [(u) => drawBands(u, spec)],
      draw: [(u) => drawMarks(u, spec)],
      setScale: [(u, key) => key === "x" && onZoom(u)],
      setCursor: [onCursor],
    },
  };
}
