import type UPlot from "uplot";
import type { ChartSpec } from "../chart-spec.ts";
import { fullRange, optionsOf, ranges } from "./options.ts";
import { written } from "./units.ts";

// What runs in the page: draws the charts that the page describes, joins those of a group, and shows definitions.
// The library comes before this script, as a global.
declare const uPlot: typeof UPlot;

interface Chart {
  spec: ChartSpec;
  plot: HTMLElement;
  u: UPlot;
  /** The row that the keyboard reads, null before it does. */
  row: number | null;
}

const specs = JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as ChartSpec[];
const charts: Chart[] = [];
let joining = false;

function groupOf(group: string | null, own: Chart | undefined): Chart[] {
  return group === null ? (own === undefined ? [] : [own]) : charts.filter(({ spec }) => spec.group === group);
}

/** The other charts of a group show the same stretch. */
function follow(spec: ChartSpec, u: UPlot): void {
  const { min, max } = u.scales["x"] ?? {};
  if (joining || spec.group === null || min == null || max == null) return;
  joining = true;
  for (const other of groupOf(spec.group, undefined)) if (other.u !== u) other.u.setScale("x", { min, max });
  joining = false;
}

function show(chart: Chart, from: number, to: number): void {
  const [first, last] = fullRange(chart.spec);
  const width = Math.min(last - first, Math.max(to - from, (last - first) / 1e5));
  const min = Math.min(Math.max(first, from), last - width);
  chart.u.setScale("x", { min, max: min + width });
}

/** Zooms about the cursor, or the middle. */
function zoom(chart: Chart, factor: number): void {
  const { min, max } = chart.u.scales["x"] ?? {};
  if (min == null || max == null) return;
  const { left } = chart.u.cursor;
  const about = left == null || left < 0 ? (min + max) / 2 : chart.u.posToVal(left, "x");
  show(chart, about - (about - min) * factor, about + (max - about) * factor);
}

/** Writes the values at the cursor into the legend. */
function readOut(spec: ChartSpec, u: UPlot): void {
  const { idxs = [], left } = u.cursor;
  const away = left == null || left < 0;
  for (const key of document.querySelectorAll<HTMLElement>(`.key[data-chart="${spec.id}"]`)) {
    const output = key.querySelector("output");
    const series = Number(key.dataset["series"]);
    const row = idxs[series];
    const value = away || row == null ? null : u.data[series]?.[row];
    if (output !== null) output.textContent = value == null ? "" : written(value, spec.y.unit);
  }
  const now = spec.group === null ? null : document.querySelector(`output.now[data-group="${spec.group}"]`);
  if (now !== null) now.textContent = away ? "" : whereText(spec, u.posToVal(left, "x"));
}

function whereText({ bands, x }: ChartSpec, at: number): string {
  const band = bands.find(({ from, to }) => at >= from && at < to);
  return `${written(at, x.unit)}${band === undefined ? "" : `, ${band.label}`}`;
}

function onKey(chart: Chart, event: KeyboardEvent): void {
  const { u } = chart;
  const { min, max } = u.scales["x"] ?? {};
  if (min == null || max == null || event.ctrlKey || event.altKey || event.metaKey) return;
  const direction = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (direction !== 0 && event.shiftKey) show(chart, min + (direction * (max - min)) / 4, max + (direction * (max - min)) / 4);
  else if (direction !== 0) read(chart, direction, { min, max });
  else if (event.key === "+" || event.key === "=") zoom(chart, 0.5);
  else if (event.key === "-") zoom(chart, 2);
  else if (event.key === "0") show(chart, ...fullRange(chart.spec));
  else return;
  event.preventDefault();
}

/** Moves the cursor by one row that is in view. */
function read(chart: Chart, direction: number, { min, max }: { min: number; max: number }): void {
  const { spec, u } = chart;
  const { values } = spec.x;
  const first = values.findIndex((value) => value >= min);
  const last = values.findLastIndex((value) => value <= max);
  if (first < 0 || last < first) return;
  const next = chart.row === null ? (direction > 0 ? first : last) : chart.row + direction;
  chart.row = Math.min(last, Math.max(first, next));
  u.setCursor({ left: u.valToPos(values[chart.row] ?? 0, "x"), top: 0 });
}

function makeChart(spec: ChartSpec): void {
  const plot = document.getElementById(`plot-${spec.id}`);
  if (plot === null) return;
  const data = [spec.x.values, ...spec.series.map(({ values }) => values), ...ranges(spec).flatMap(({ range: { high, low } }) => [low, high])] as unknown as UPlot.AlignedData;
  const options = optionsOf(spec, { width: plot.clientWidth, onZoom: (zoomed) => follow(spec, zoomed), onCursor: (at) => readOut(spec, at) });
  const u = new uPlot(options, data, plot);
  const chart: Chart = { spec, plot, u, row: null };
  charts.push(chart);
  show(chart, ...fullRange(spec));
  u.over.addEventListener("dblclick", () => show(chart, ...fullRange(spec)));
  plot.addEventListener("keydown", (event) => onKey(chart, event));
  new ResizeObserver(() => plot.clientWidth > 0 && plot.clientWidth !== u.width && u.setSize({ width: plot.clientWidth, height: spec.height })).observe(plot);
}

function joinToolbar(toolbar: HTMLElement): void {
  const chart = groupOf(toolbar.dataset["group"] ?? null, undefined)[0];
  if (chart === undefined) return;
  for (const button of toolbar.querySelectorAll("button")) {
    const { factor, from, to } = button.dataset;
    button.addEventListener("click", () => (factor === undefined ? show(chart, Number(from), Number(to)) : zoom(chart, Number(factor))));
  }
}

function joinLegendKey(key: HTMLElement): void {
  key.addEventListener("click", () => {
    const shown = key.getAttribute("aria-pressed") !== "true";
    key.setAttribute("aria-pressed", String(shown));
    const chart = charts.find(({ spec }) => spec.id === key.dataset["chart"]);
    const series = chart?.spec.series[Number(key.dataset["series"]) - 1];
    if (chart === undefined || series === undefined) return;
    chart.u.setSeries(Number(key.dataset["series"]), { show: shown });
    const shaded = ranges(chart.spec).findIndex(({ key: name }) => name === series.key);
    for (const edge of shaded < 0 ? [] : [1, 2]) chart.u.setSeries(chart.spec.series.length + 2 * shaded + edge, { show: shown });
  });
}

const tip = document.getElementById("tip");

function showTip(target: EventTarget | null): void {
  const source = target instanceof Element ? target.closest<HTMLElement>("[data-term]") : null;
  const text = source === null ? null : document.getElementById(`def-${source.dataset["term"]}`)?.textContent;
  if (tip === null) return;
  tip.hidden = text == null;
  if (source === null || text == null) return;
  tip.textContent = text;
  const box = source.getBoundingClientRect();
  const below = box.bottom + 8 + tip.offsetHeight < document.documentElement.clientHeight;
  const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 12);
  tip.style.left = `${Math.max(12, left) + scrollX}px`;
  tip.style.top = `${(below ? box.bottom + 8 : Math.max(0, box.top - 8 - tip.offsetHeight)) + scrollY}px`;
}

specs.forEach(makeChart);
document.querySelectorAll<HTMLElement>(".toolbar").forEach(joinToolbar);
document.querySelectorAll<HTMLElement>(".key").forEach(joinLegendKey);
document.addEventListener("mouseover", (event) => showTip(event.target));
document.addEventListener("focusin", (event) => showTip(event.target));
document.addEventListener("focusout", () => showTip(null));
document.addEventListener("keydown", (event) => event.key === "Escape" && showTip(null));
for (const query of ["(prefers-color-scheme: dark)", "print"]) {
  matchMedia(query).addEventListener("change", () => charts.forEach(({ u }) => u.redraw(false)));
}
