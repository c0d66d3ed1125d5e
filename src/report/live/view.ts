import { CELL_MS } from "../../analysis/live/history.ts";
import type { Progress } from "../../analysis/live/progress.ts";
import { plural, tally } from "../../analysis/words.ts";
import { type Colour, painter } from "../style.ts";
import { bar, floored, markCell } from "./bar.ts";
import { milliseconds } from "./milliseconds.ts";
import { paintRow, type Segment } from "./row.ts";
import { sparkline } from "./sparkline.ts";

/** What a live view shows beside the numbers. */
export interface LiveView {
  scenario: string;
  /** Whether the table and its counters are the router's. */
  router: boolean;
  /** The run was told to stop, and ends. */
  stopping: boolean;
  /** Oldest first; the last is now. See analysis/live/history.ts. */
  history: readonly Progress[];
}

/** Columns and lines that may be used. */
export interface ViewSize {
  width: number;
  height: number;
  color: boolean;
}

/** Above this share the kernel's garbage collector evicts entries early: `nf_conntrack_max95` in nf_conntrack_core.c. */
const MARK_SHARE = 0.95;
const LABEL = 12;
const NUMBER = 10;
const REMARK = 20;
/** From this width on there is room for remarks, and for what happened before. */
const ROOMY = 60;
const FEWEST_CELLS = 8;
/** From this height on what happened before is drawn three lines high. */
const TALL = 40;

/** Lines that belong together; of a window that is too low those of a high rank go first. */
interface Row {
  rank: number;
  lines: Segment[][];
}

/** The view of a run that goes on: at most `height` lines of at most `width` columns. */
export function renderLive(view: LiveView, { width, height, color }: ViewSize): string[] {
  const now = view.history.at(-1);
  if (now === undefined || width < 1) return [];
  const page: Page = { view, now, width, cells: Math.max(0, width - LABEL - NUMBER - REMARK - 2), rows: height >= TALL ? 3 : 1 };
  const rows = [head(page), ...table(page), ...rates(page), ...latency(page), senders(page), kernel(page), ending(page)];
  const paint = painter(color);
  return keepBest(rows, height).flatMap(({ lines }) => lines.map((line) => paintRow(line, { width, paint }).trimEnd()));
}

interface Page {
  view: LiveView;
  now: Progress;
  width: number;
  /** Columns for what happened before, and lines. */
  cells: number;
  rows: number;
}

function keepBest(rows: readonly Row[], height: number): Row[] {
  let room = height;
  const kept = new Set<Row>();
  for (const row of rows.toSorted((one, other) => one.rank - other.rank)) {
    if (row.lines.length > room) break;
    room -= row.lines.length;
    kept.add(row);
  }
  return rows.filter((row) => kept.has(row));
}

function head({ view, now, width }: Page): Row {
  const { phase, phases, kind, elapsedMs, plannedMs } = now;
  const took = `${seconds(elapsedMs)}${plannedMs === null ? "" : `${width < ROOMY ? "/" : " of "}${seconds(plannedMs)}`} s`;
  if (kind === "lab") return { rank: 0, lines: [titled(view, width, "building the lab")] };
  if (kind === "end") return { rank: 0, lines: [titled(view, width, "taking the last looks")] };
  if (width < ROOMY) return { rank: 0, lines: [[[`${phase + 1}/${phases} ${kind} ${took}`, "bold"], ["  "], [leftText(now), "dim"]]] };
  return { rank: 0, lines: [[...titled(view, width, `phase ${phase + 1} of ${phases}: ${kind}`), [`  ${took}  `], [leftText(now), "dim"]]] };
}

function titled({ scenario }: LiveView, width: number, text: string): Segment[] {
  return width < ROOMY ? [[text, "bold"]] : [[scenario, "bold"], ["  "], [text, "cyan"]];
}

function leftText({ kind, elapsedMs, plannedMs, left: { phaseMs, runMs, estimated } }: Progress): string {
  if (kind === "load" && plannedMs !== null && elapsedMs > plannedMs) return "waiting for the last answers";
  const about = estimated ? "about " : "";
  if (runMs !== null) return `${about}${wholeSeconds(runMs)} s left`;
  return phaseMs === null ? "" : `${about}${wholeSeconds(phaseMs)} s left of this phase`;
}

/** The bar, its legend, and the entries as they came; always as many lines, so that nothing jumps. */
function table(page: Page): Row[] {
  const { view, now: { count, max, growthPps }, width, cells } = page;
  const label = view.router ? "router" : "table";
  const narrow = width < ROOMY;
  const from = narrow ? 0 : LABEL;
  const columns = Math.max(1, width - from - 8);
  const share = count === null || max === null || max === 0 ? null : count / max;
  const tone: Colour = share === null || share < 0.8 ? "green" : share < MARK_SHARE ? "yellow" : "red";
  const legend = max === null ? "" : `max ${tally(max)}${untilFull(max - (count ?? 0), growthPps)}`;
  const gap = markCell(MARK_SHARE, columns) - legend.length;
  const values = view.history.slice(-cells).map((progress) => progress.count);
  return [
    { rank: 1, lines: [[[narrow ? "" : label.padEnd(LABEL)], [bar(share ?? 0, columns, MARK_SHARE), tone], [` ${(share === null ? "unknown" : floored(share)).padStart(7)}`]]] },
    { rank: 13, lines: [[[" ".repeat(from)], [legend, "dim"], [gap < 2 ? "" : `${" ".repeat(gap)}↑ 95 %`, "dim"]]] },
    { rank: 7, lines: drawn({ label: "entries", number: count === null ? "unknown" : tally(count), remark: growthPps === null ? "" : `${growthPps < 0 ? "" : "+"}${tally(Math.round(growthPps) || 0)}/s`, tone: null, values, top: max ?? 0 }, page) },
  ];
}

function untilFull(room: number, growthPps: number | null): string {
  if (room <= 0) return ", full";
  return growthPps !== null && growthPps > 0 && room / growthPps < 3600 ? `, full in ${wholeSeconds((room / growthPps) * 1000)} s at this growth` : "";
}

interface RateRow {
  label: string;
  rank: number;
  of: (progress: Progress) => number | null;
  remark: string;
  colour: Colour | null;
}

/** All on one scale, so that they can be compared. */
function rates(page: Page): Row[] {
  const { view, now, cells } = page;
  const { plannedPps, otherErrorsPps } = now;
  const series: RateRow[] = [
    { label: "queries", rank: 3, of: ({ attemptedPps }) => attemptedPps, remark: plannedPps === null ? "" : `of ${tally(plannedPps)} planned`, colour: null },
    { label: "EPERM", rank: 2, of: ({ epermPps }) => epermPps, remark: otherErrorsPps > 0 ? `+ ${tally(otherErrorsPps)} other errors` : `${tally(now.eperm)} so far`, colour: "red" },
    { label: "drop", rank: 9, of: ({ dropPps }) => dropPps, remark: view.router ? "by the router" : "by the kernel", colour: null },
    { label: "early drop", rank: 5, of: ({ earlyDropPps }) => earlyDropPps, remark: "entries evicted", colour: null },
    { label: "answered", rank: 4, of: ({ answeredPps }) => answeredPps, remark: "", colour: "green" },
    { label: "unanswered", rank: 10, of: ({ unansweredPps }) => unansweredPps, remark: "given up", colour: "yellow" },
  ];
  const shown = view.history.slice(-cells);
  const top = Math.max(0, ...series.flatMap(({ of }) => shown.map((progress) => of(progress) ?? 0)));
  const scale = `last ${Math.round((cells * CELL_MS) / 1000)} s${top > 0 ? `, up to ${tally(top)}/s` : ""}`;
  const title: Row = { rank: 14, lines: [cells < FEWEST_CELLS ? [] : [[" ".repeat(LABEL + NUMBER + REMARK + 2)], [scale, "dim"]]] };
  return [title, ...series.map(({ label, rank, of, remark, colour }) => {
    const value = of(now);
    const number = value === null ? "unknown" : `${tally(value)}/s`;
    const tone = value !== null && Math.round(value) > 0 ? colour : null;
    return { rank, lines: drawn({ label, number, remark, tone, values: shown.map(of), top }, page) };
  })];
}

function latency(page: Page): Row[] {
  const { view, now, cells } = page;
  const shown = view.history.slice(-cells);
  const top = Math.max(0, ...shown.map(({ p99Ms }) => p99Ms ?? 0));
  const row = (label: string, value: number | null, values: readonly (number | null)[]): Segment[][] =>
    drawn({ label, number: milliseconds(value), remark: "", tone: null, values, top }, page);
  return [
    { rank: 10, lines: row("latency p50", now.p50Ms, shown.map(({ p50Ms }) => p50Ms)) },
    { rank: 6, lines: row("latency p99", now.p99Ms, shown.map(({ p99Ms }) => p99Ms)) },
  ];
}

/** A number with its label and its remark, and what it was before; the number stands at the bottom of what is drawn. */
function drawn(
  { label, number, remark, tone, values, top }: { label: string; number: string; remark: string; tone: Colour | null; values: readonly (number | null)[]; top: number },
  { width, cells, rows }: Page,
): Segment[][] {
  const room = cells >= FEWEST_CELLS;
  const before = sparkline(values, { top, rows: room ? rows : 1 });
  const left: Segment[] = width < ROOMY
    ? [[cell(label, width)], [number.padStart(NUMBER - 1), tone], [width < LABEL + NUMBER + remark.length + 2 ? "" : `  ${remark}`, "dim"]]
    : [[label.padEnd(LABEL)], [number.padStart(NUMBER), tone], [`  ${remark}`.padEnd(REMARK + 2), "dim"]];
  if (!room) return [left];
  return before.map((line, row) => [...(row === before.length - 1 ? left : [[" ".repeat(LABEL + NUMBER + REMARK + 2)] as const]), [line, tone]]);
}

function senders({ now, width }: Page): Row {
  const { threads, outstanding, behind } = now;
  const text = threads === null ? "none at work" : `${plural(threads, "thread")}${now.kind === "load" ? `, ${tally(outstanding)} outstanding, ${tally(behind)} behind` : ""}`;
  return { rank: 11, lines: [[[cell("senders", width)], [text]]] };
}

function kernel({ now: { kernelLine, kernelLog, atMs }, width }: Page): Row {
  const label: Segment = [cell("kernel log", width)];
  if (kernelLine !== null) {
    // The module's name comes twice in newer kernels, and first where there is little room.
    const text = width < ROOMY ? kernelLine.text.replace(/^(?:nf_conntrack: )+/, "") : kernelLine.text;
    return { rank: 8, lines: [[label, [`${seconds(Math.max(0, atMs - kernelLine.atMs))} s ago  `, "dim"], [text, "yellow"]]] };
  }
  return { rank: 8, lines: [[label, [kernelLog === null || kernelLog === "readable" ? "nothing about the table" : kernelLog, "dim"]]] };
}

function ending({ view: { stopping }, width }: Page): Row {
  const narrow = width < ROOMY;
  if (stopping) return { rank: 0, lines: [[[narrow ? "stopping; again: quit" : "stopping, the report follows; Ctrl-C again quits at once", "yellow"]]] };
  return { rank: 12, lines: [[[narrow ? "Ctrl-C: stop, report" : "Ctrl-C stops the run and reports what there is", "dim"]]] };
}

/** A label in its column. */
function cell(label: string, width: number): string {
  return width < ROOMY ? label.padEnd(LABEL - 1) : label.padEnd(LABEL);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
/** Rounded up: 0 would mean that it is over. */
const wholeSeconds = (ms: number): string => tally(Math.ceil(ms / 1000));
