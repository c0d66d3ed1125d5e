import type UPlot from "uplot";
import type { ChartSpec, SeriesSpec, Unit } from "../chart-spec.ts";

// What runs in the page: draws the charts that the page describes, joins those of a group, and shows definitions.
// The library comes before this script, as a global.
declare const uPlot: typeof UPlot;

const NARROW_PX = 520;
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

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

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function written(value: number, unit: Unit): string {
  switch (unit) {
    case "s":
      return `${value.toFixed(3)} s`;
    case "ms":
      return `${Number(value.toPrecision(3))} ms`;
    case "share":
      return `${(value * 100).toFixed(value > 0.99 && value < 1 ? 2 : 1)} %`;
    case "tail":
      return percentile(value);
    case "/s":
      return `${value < 10 ? Number(value.toPrecision(2)) : whole.format(value)}/s`;
    case "entries":
      return whole.format(value);
    case "":
      return String(Number(value.toPrecision(3)));
  }
}

/** 1000 -> "99.9 %". */
function percentile(tail: number): string {
  const digits = Math.max(0, Math.ceil(Math.log10(tail)) - 2);
  return `${(100 * (1 - 1 / tail)).toFixed(digits)} %`;
}

/** A label of an axis: as short as can be read. */
function label(value: number, unit: Unit, step: number): string {
  switch (unit) {
    case "s":
      return `${value.toFixed(step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0)} s`;
    case "share":
      return `${(value * 100).toFixed(step < 0.001 ? 2 : step < 0.01 ? 1 : 0)} %`;
    case "tail":
      return percentile(value);
    case "entries":
    case "/s":
      return value >= 10_000 ? compact.format(value).replace("K", "k") : whole.format(value);
    case "ms":
    case "":
      return String(Number(value.toPrecision(3)));
  }
}

/** 0.1, 1, 10: of a log axis nothing between them needs a line. */
function decades(_: UPlot, __: number, min: number, max: number): number[] {
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const last = Math.floor(Math.log10(max) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (___, index) => 10 ** (first + index));
}

function scaleRange({ from, log, to }: ChartSpec["y"]): UPlot.Range.Function {
  return (_, min, max) => {
    if (log) {
      const low = min > 0 ? min : 0.1;
      return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(Math.max(max, low) * 1.001))];
    }
    const low = from ?? min;
    const high = Math.max(to ?? Number.NEGATIVE_INFINITY, max ?? 1, low + 1e-9);
    return [low, low + (high - low) * 1.06];
  };
}

function seriesOptions(series: SeriesSpec): UPlot.Series {
  const stroke = (): string => colour(`c${series.colour}`);
  const common: UPlot.Series = { label: series.key, stroke, dash: [...series.dash], width: 2, spanGaps: false };
  if (series.draw === "points") return { ...common, paths: () => null, points: { show: true, size: 8, width: 1.5, stroke, fill: () => colour("card") } };
  const lonely = { show: (_: UPlot, __: number, first: number, last: number): boolean => last - first < 2, size: 5 };
  const stepped = series.draw === "steps" ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return { ...common, points: lonely, ...(stepped === undefined ? {} : { paths: stepped }) };
}

/** Phases behind the data: two tints in turns, the name of each above it. */
function drawBands(u: UPlot, { bands, labelled }: ChartSpec): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  for (const [index, { from, label: words, to }] of bands.entries()) {
    const left = Math.max(bbox.left, u.valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true));
    if (right <= left) continue;
    ctx.fillStyle = colour(index % 2 === bands.length % 2 ? "band" : "band-2");
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = colour("line");
    ctx.fillRect(left, bbox.top, ratio, bbox.height);
    ctx.fillStyle = colour("soft");
    if (labelled && ctx.measureText(words).width < right - left) ctx.fillText(words, left, bbox.top - 3 * ratio);
  }
  ctx.restore();
}

/** The onset across the data, and strokes at the bottom. */
function drawMarks(u: UPlot, { labelled, marks, ticks }: ChartSpec): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.font = `600 ${12 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  ctx.fillStyle = colour("ink");
  for (const at of ticks) {
    const x = u.valToPos(at, "x", true);
    if (x >= bbox.left && x <= right) ctx.fillRect(x - ratio / 2, bbox.top + bbox.height - 9 * ratio, 1.5 * ratio, 9 * ratio);
  }
  for (const { at, label: words } of marks) {
    const x = u.valToPos(at, "x", true);
    if (x < bbox.left || x > right) continue;
    ctx.fillRect(x - ratio / 2, bbox.top, 1.5 * ratio, bbox.height);
    if (!labelled) continue;
    const width = ctx.measureText(words).width;
    const beside = x + 6 * ratio + width < right ? x + 6 * ratio : x - 6 * ratio - width;
    ctx.fillText(words, beside, bbox.top + bbox.height - 14 * ratio);
  }
  ctx.restore();
}

/** The border of a range: not drawn itself. Ranges come after all series, low and high of each. */
function edgeOptions(series: SeriesSpec): UPlot.Series {
  return { ...seriesOptions(series), stroke: "transparent", width: 0, points: { show: false } };
}

function ranges({ series }: ChartSpec): (SeriesSpec & { range: NonNullable<SeriesSpec["range"]> })[] {
  return series.flatMap((one) => (one.range === undefined ? [] : [{ ...one, range: one.range }]));
}

function optionsOf(spec: ChartSpec, width: number): UPlot.Options {
  const narrow = width < NARROW_PX;
  const axis = { stroke: () => colour("soft"), grid: { stroke: () => colour("line"), width: 1 }, ticks: { stroke: () => colour("line"), width: 1 }, font: `${narrow ? 11 : 12}px system-ui, sans-serif` };
  const step = (splits: number[]): number => Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  const x = spec.x;
  return {
    width,
    height: spec.height,
    legend: { show: false },
    padding: [spec.labelled && spec.bands.length > 0 ? 20 : 10, 14, 0, 0],
    cursor: { drag: { x: true, y: false, dist: 4 }, points: { size: 7 }, ...(spec.group === null ? {} : { sync: { key: spec.group, scales: ["x", null] as [string, null] } }) },
    scales: {
      x: { time: false, distr: x.log ? 3 : 1, range: (_, min, max) => [min, max] },
      y: { distr: spec.y.log ? 3 : 1, range: scaleRange(spec.y) },
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
      setScale: [(u, key) => key === "x" && follow(spec, u)],
      setCursor: [(u) => readOut(spec, u)],
    },
  };
}

function fullRange({ x }: ChartSpec): [number, number] {
  return [x.from ?? x.values[0] ?? 0, x.to ?? x.values.at(-1) ?? 1];
}

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
  const { idx, left } = u.cursor;
  const away = idx == null || left == null || left < 0;
  for (const key of document.querySelectorAll<HTMLElement>(`.key[data-chart="${spec.id}"]`)) {
    const output = key.querySelector("output");
    const value = away ? null : u.data[Number(key.dataset["series"])]?.[idx];
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
  const u = new uPlot(optionsOf(spec, plot.clientWidth), data, plot);
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
