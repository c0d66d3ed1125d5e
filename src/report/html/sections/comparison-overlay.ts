import type { RunGroup } from "../../../analysis/compare/compared-run.ts";
import { overlayGroups } from "../../../analysis/compare/overlay.ts";
import type { CurveName, GroupCurves } from "../../../analysis/compare/overlay.ts";
import { plural } from "../../../analysis/words.ts";
import type { ChartSpec, SeriesSpec } from "../chart-spec.ts";
import type { Term } from "../definitions.ts";
import { html } from "../markup.ts";
import { short } from "../numbers.ts";
import { chartFigure, term } from "../parts.ts";
import type { Section } from "../parts.ts";
import { drawable, leftOutNote, lookOf } from "./comparison-looks.ts";

const CHARTS = [
  { name: "answered", title: "Answers per second", axis: { unit: "/s", log: false, from: 0, to: 10 } },
  { name: "eperm", title: "EPERM per second", axis: { unit: "/s", log: false, from: 0, to: 10 } },
  { name: "drop", title: "Packets that the table dropped, per second", axis: { unit: "/s", log: false, from: 0, to: 10 } },
  { name: "occupancy", title: "Occupancy of the table", axis: { unit: "share", log: false, from: 0, to: 1 } },
  { name: "p99", title: "Latency p99 in milliseconds, log scale", axis: { unit: "ms", log: true, from: null, to: null } },
] as const satisfies readonly { name: CurveName; title: string; axis: ChartSpec["y"] }[];

/** The runs of each group over time, from the beginning of the load: the middle run, and shaded all of them. */
export function overlaySection(groups: readonly RunGroup[]): Section {
  const { drawn, left } = drawable(groups);
  const { atS, groups: all } = overlayGroups(drawn);
  const title = "Over time";
  if (all.length === 0 || atS.length === 0) return { id: "overlay", title, body: null };
  const end = Number((atS.at(-1) ?? 0).toFixed(3));
  const specs = CHARTS.filter(({ name }) => all.some(({ curves }) => curves[name].middle.some((value) => value !== null))).map(({ axis, name, title: words }) => ({
    words,
    spec: {
      id: `over-${name}`,
      group: "time",
      height: 200,
      labelled: true,
      bands: [],
      marks: [],
      ticks: [],
      x: { unit: "s", log: false, from: 0, to: end, values: atS.map((second) => Number(second.toFixed(3))) },
      y: axis,
      series: all.map((group, index) => seriesOf(group, index, name)),
    } satisfies ChartSpec,
  }));
  return {
    id: "overlay",
    title,
    charts: specs.map(({ spec }) => spec),
    body: html`<div class="toolbar" role="toolbar" aria-label="Time shown" data-group="time"><button type="button" data-from="0" data-to="${end}">Whole load</button><button type="button" data-factor="0.5" aria-label="Zoom in">+</button><button type="button" data-factor="2" aria-label="Zoom out">−</button><output class="now" data-group="time"></output>
<p class="hint">Seconds since the beginning of the load. Lines: the ${term("middle")} of each group; shaded: from its lowest run to its highest. Drag over a chart to zoom, double-click for all. With the keyboard on a chart: ← → read values, + − zoom, shift with ← → moves, 0 shows all.</p></div>
${specs.map(({ spec, words }) => chartFigure(spec, { title: words, told: `${plural(all.length, "group")}, ${plural(atS.length, "step")}.`, legend: legendOf(all) }))}
${leftOutNote(left)}`,
  };
}

/** Latency by percentile, all runs of a group together. */
export function latencyOverlaySection(groups: readonly RunGroup[]): Section {
  const { drawn, left } = drawable(groups);
  const { groups: all } = overlayGroups(drawn);
  const longest = all.reduce<GroupCurves["percentiles"]>((most, { percentiles }) => (percentiles.length > most.length ? percentiles : most), []);
  const title = "Latency by percentile";
  if (longest.length === 0) return { id: "latency-distribution", title, body: null };
  const spec: ChartSpec = {
    id: "percentiles",
    group: null,
    height: 280,
    labelled: true,
    bands: [],
    marks: [],
    ticks: [],
    x: { unit: "tail", log: true, from: 1, to: null, values: longest.map(({ percentile }) => Number((100 / (100 - percentile)).toPrecision(4))) },
    y: { unit: "ms", log: true, from: null, to: null },
    series: all.map(({ name, percentiles }, index) => ({ ...lookOf(name, index), draw: "line", values: short(longest.map((_, step) => percentiles[step]?.ms ?? null)) })),
  };
  return {
    id: "latency-distribution",
    title,
    charts: [spec],
    body: html`${chartFigure(spec, { title: "Milliseconds from when a query was meant to go, all runs of a group together, both axes log", told: "", legend: legendOf(all) })}
${leftOutNote(left)}`,
  };
}

function seriesOf({ curves, name, runs }: GroupCurves, index: number, curve: CurveName): SeriesSpec {
  const { high, low, middle } = curves[curve];
  return { ...lookOf(name, index), draw: "steps", values: short(middle), ...(runs > 1 ? { range: { low: short(low), high: short(high) } } : {}) };
}

function legendOf(groups: readonly GroupCurves[]): Partial<Record<string, Term>> {
  return Object.fromEntries(groups.map(({ name }) => [name, "middle" as const]));
}
