import { flowCurves, latencyCurves, refusalCurves, tableCurves } from "../../../analysis/curves.ts";
import type { Curves } from "../../../analysis/curves.ts";
import { endOf } from "../../../analysis/phases.ts";
import type { Timeline } from "../../../analysis/timeline.ts";
import type { ToldRun } from "../../../analysis/told-run.ts";
import { plural, tally } from "../../../analysis/words.ts";
import { NS_PER_MS, NS_PER_S } from "../../../clock.ts";
import { renderChart } from "../../chart.ts";
import { painter } from "../../style.ts";
import type { ChartSpec, SeriesSpec } from "../chart-spec.ts";
import type { Term } from "../definitions.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { secondsOf, short } from "../numbers.ts";
import { chartFigure } from "../parts.ts";
import type { Section } from "../parts.ts";

const TEXT_WIDTH = 84;
/** Seconds before and after the onset that its button shows. */
const AROUND_ONSET_S = 0.5;
/** Always in view, in events per second: where nothing happened there is still an axis. */
const LEAST_RATE = 10;

type Look = Pick<SeriesSpec, "colour" | "dash" | "draw">;
/** Colours and dashes as they mean the same in every chart: 1 table, 2 sends, 3 answers, 4 EPERM, 5 early drop, 6 the kernel's or a limit. */
const LOOKS = {
  entries: { colour: 1, dash: [], draw: "line" },
  max: { colour: 6, dash: [8, 4], draw: "line" },
  attempted: { colour: 2, dash: [], draw: "steps" },
  answered: { colour: 3, dash: [6, 3], draw: "steps" },
  newFlows: { colour: 1, dash: [], draw: "steps" },
  eperm: { colour: 4, dash: [], draw: "steps" },
  drop: { colour: 6, dash: [6, 4], draw: "steps" },
  earlyDrop: { colour: 5, dash: [2, 3], draw: "steps" },
  p50: { colour: 3, dash: [], draw: "steps" },
  p99: { colour: 2, dash: [6, 3], draw: "steps" },
  slowest: { colour: 4, dash: [2, 3], draw: "steps" },
} as const satisfies Record<string, Look>;

/** Table, flows, refusals and latency over one time axis, with the phases, the onset and the kernel's log lines. */
export function timelineSection({ summary, timeline }: ToldRun): Section {
  const onsetNs = summary.onset === null ? null : summary.onset.atMs * NS_PER_MS;
  const { router, bins } = timeline;
  if (bins.length === 0) return { id: "timeline", title: "Timeline", body: null };
  const whose = router === null || router.length === 0 ? "table" : "router's table";
  const frame = frameOf(timeline, onsetNs);
  const figures: { spec: ChartSpec; title: string; told: string; legend: Partial<Record<string, Term>> }[] = [];
  const add = (spec: ChartSpec, title: string, told: string, legend: Partial<Record<string, Term>>): void => void figures.push({ spec, title, told, legend });

  const table = tableCurves(timeline, onsetNs);
  add(
    { ...frame, id: "table", labelled: true, height: 220, y: axis("entries", { from: 0 }), x: time(table, timeline), series: lines(table, { entries: LOOKS.entries, max: LOOKS.max }) },
    `Entries in the ${whose}`,
    `At most ${tally(summary.table.peak)} of ${tally(summary.table.max)}.`,
    { entries: "entries", max: "max" },
  );
  const flows = flowCurves(timeline, onsetNs);
  add(
    { ...frame, id: "flows", labelled: false, height: 140, y: axis("/s", { from: 0, to: LEAST_RATE }), x: time(flows, timeline), series: lines(flows, { newFlows: LOOKS.newFlows }) },
    "New flows per second, at least",
    "What the table gained and what was evicted meanwhile: as many flows were new, and one more for each entry that expired.",
    { newFlows: "newFlows" },
  );
  const { watch } = summary;
  if (watch === null) add(
    { ...frame, id: "sends", labelled: false, height: 170, y: axis("/s", { from: 0, to: LEAST_RATE }), x: time(flows, timeline), series: lines(flows, { attempted: LOOKS.attempted, answered: LOOKS.answered }) },
    "Sends and answers per second",
    `${tally(summary.sends.attempted)} sends were attempted, ${tally(summary.sends.answered)} answered.`,
    { attempted: "attempted", answered: "answered" },
  );
  const refusals = refusalCurves(timeline, onsetNs);
  add(
    { ...frame, id: "refusals", labelled: false, height: 170, y: axis("/s", { from: 0, to: LEAST_RATE }), x: time(refusals, timeline), series: lines(refusals, { ...(watch === null ? { eperm: LOOKS.eperm } : {}), drop: LOOKS.drop, earlyDrop: LOOKS.earlyDrop }) },
    watch === null ? "Refused, dropped and evicted per second" : "Dropped and evicted per second",
    `${watch === null ? `${tally(summary.attribution.eperm)} sends met EPERM; ` : ""}the kernel dropped ${tally(summary.attribution.drop)} packets and evicted ${tally(summary.attribution.earlyDrop)} entries.`,
    { eperm: "eperm", drop: "drop", earlyDrop: "earlyDrop" },
  );
  const latency = latencyCurves(timeline, onsetNs);
  if (latency.atS.length > 0) {
    add(
      { ...frame, id: "latency", labelled: false, height: 170, y: axis("ms", { log: true }), x: time(latency, timeline), series: lines(latency, { p50: LOOKS.p50, p99: LOOKS.p99, slowest: LOOKS.slowest }) },
      "Latency of the answers in milliseconds, log scale",
      `p99 ${summary.latency.p99 ?? "unknown"} ms over the whole load.`,
      { p50: "tickP50", p99: "tickP99", slowest: "tickMax" },
    );
  }
  const untold = latency.atS.length > 0 || watch !== null ? null : html`<p class="note">${summary.sends.answered === 0 ? "No query was answered, so there is no latency over time." : `This run was stored without latency over time${summary.latency.p50 === null ? "" : "; its distribution is below"}.`}</p>`;
  return {
    id: "timeline",
    title: "Timeline",
    charts: figures.map(({ spec }) => spec),
    body: html`${toolbar(timeline, onsetNs)}
${figures.map(({ spec, ...words }) => chartFigure(spec, words))}${untold}
${marksNote(timeline, onsetNs)}
<details><summary>The timeline as text</summary><pre>${renderChart(timeline, { width: TEXT_WIDTH, paint: painter(false) }).join("\n")}</pre></details>`,
  };
}

function frameOf(timeline: Timeline, onsetNs: number | null): Pick<ChartSpec, "group" | "bands" | "marks" | "ticks"> {
  return {
    group: "time",
    bands: timeline.phases.map((phase) => ({ from: secondsOf(phase.startNs), to: secondsOf(endOf(phase, timeline.endNs)), label: phase.kind })),
    marks: onsetNs === null ? [] : [{ at: secondsOf(onsetNs), label: "first EPERM" }],
    ticks: timeline.kernelLog.tableFullNs.map(secondsOf),
  };
}

function axis(unit: ChartSpec["y"]["unit"], { from = null, to = null, log = false }: { from?: number | null; to?: number | null; log?: boolean }): ChartSpec["y"] {
  return { unit, log, from, to };
}

function time({ atS }: Curves<string>, { endNs }: Timeline): ChartSpec["x"] {
  return { unit: "s", log: false, from: 0, to: secondsOf(endNs), values: atS.map((second) => Number(second.toFixed(3))) };
}

function lines<Name extends string>({ values }: Curves<Name>, looks: Partial<Record<Name, Look>>): SeriesSpec[] {
  return Object.entries(looks as Record<string, Look>).map(([key, look]) => ({ key, ...look, values: short(values[key as Name]) }));
}

function toolbar({ endNs, phases }: Timeline, onsetNs: number | null): Markup {
  const button = (label: string, from: number, to: number): Markup => html`<button type="button" data-from="${from}" data-to="${to}">${label}</button>`;
  const loads = phases.filter(({ kind }) => kind === "load");
  const [first, last] = [loads[0], loads.at(-1)];
  return html`<div class="toolbar" role="toolbar" aria-label="Time shown" data-group="time">
${button("Whole run", 0, secondsOf(endNs))}
${first === undefined || last === undefined || phases.length === loads.length ? null : button(loads.length === 1 ? "Load" : "Loads", secondsOf(first.startNs), secondsOf(endOf(last, endNs)))}
${onsetNs === null ? null : button("First EPERM ± 0.5 s", Number(Math.max(0, onsetNs / NS_PER_S - AROUND_ONSET_S).toFixed(3)), Number(Math.min(endNs / NS_PER_S, onsetNs / NS_PER_S + AROUND_ONSET_S).toFixed(3)))}
<button type="button" data-factor="0.5" aria-label="Zoom in">+</button><button type="button" data-factor="2" aria-label="Zoom out">−</button>
<output class="now" data-group="time"></output>
<p class="hint">Drag over a chart to zoom, double-click for all. With the keyboard on a chart: ← → read values, + − zoom, shift with ← → moves, 0 shows all.</p>
</div>`;
}

function marksNote({ kernelLog: { suppressed, tableFull } }: Timeline, onsetNs: number | null): Markup {
  const log = tableFull === 0 ? "The kernel logged no full table." : `Strokes at the bottom: ${plural(tableFull, "line")} "table full" of the kernel log${suppressed > 0 ? `; it held back ${plural(suppressed, "network warning")} of the whole machine, of any kind` : ""}.`;
  return html`<p class="note">Shaded: the phases of the run. ${onsetNs === null ? null : "Vertical line: the first EPERM. "}${log}</p>`;
}

