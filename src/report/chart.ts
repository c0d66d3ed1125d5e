import { mergeBins } from "../analysis/bins.ts";
import type { Bin } from "../analysis/bins.ts";
import { tableWithin } from "../analysis/curves.ts";
import type { Timeline } from "../analysis/timeline.ts";
import { percent, tally } from "../analysis/words.ts";
import { NS_PER_S } from "../clock.ts";
import { padLeft, padRight } from "./style.ts";
import type { Paint } from "./style.ts";

const MAX_ROWS = 16;
/** Row heights that a reader can add up, in seconds. */
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

interface Column {
  title: string;
  of(bin: Bin): number | null;
}

const COUNTED: readonly Column[] = [
  { title: "drop/s", of: (bin) => bin.drop },
  { title: "early drop/s", of: (bin) => bin.earlyDrop },
];
const COLUMNS: readonly Column[] = [
  { title: "queries/s", of: (bin) => bin.attempted },
  { title: "EPERM/s", of: (bin) => bin.eperm },
  ...COUNTED,
];
/** Of a watch, which sends nothing. */
const WATCH_COLUMNS: readonly Column[] = [...COUNTED, { title: "insert failed/s", of: (bin) => bin.insertFailed }];

/** Whose table the chart shows: the one that fills. */
export function chartTitle({ router }: Timeline): string {
  return router === null || router.length === 0 ? "Table over time" : "The router's table over time";
}

/** The table over time (behind a router its own, with its drops), one row a step: occupancy at its highest in the row, rates, and where each phase begins. */
export function renderChart(timeline: Timeline, options: { width: number; paint: Paint }): string[] {
  const { paint } = options;
  const rows = rowsOf(timeline);
  const columns = timeline.phases.some(({ kind }) => kind === "watch") ? WATCH_COLUMNS : COLUMNS;
  if (rows.length === 0) return [];
  const timeWidth = Math.max(6, ...rows.map(({ time }) => time.length));
  const markWidth = Math.max(0, ...rows.map(({ mark }) => mark.length));
  const widths = columns.map(({ title, of }) => Math.max(title.length, ...rows.map((row) => rate(of(row.bin), row.lasts).length)));
  const fullWidth = Math.max(7, ...rows.map(({ bin }) => full(bin).length));
  const fixed = 2 + timeWidth + 2 + 1 + fullWidth + widths.reduce((sum, width) => sum + 2 + width, 0) + (markWidth > 0 ? 2 + markWidth : 0);
  const barWidth = Math.max(6, Math.min(32, options.width - fixed));

  const head = [
    `  ${padLeft("time", timeWidth)}  ${padRight("table", barWidth)} ${padLeft("full", fullWidth)}`,
    ...columns.map(({ title }, index) => padLeft(title, widths[index] ?? 0)),
  ].join("  ");
  const body = rows.map(({ bin, time, mark, lasts }) => {
    const share = shareOf(bin);
    const occupancy = padRight(bar(share ?? 0, barWidth), barWidth);
    const rates = columns.map(({ title, of }, index) => {
      const cell = padLeft(rate(of(bin), lasts), widths[index] ?? 0);
      return title === "EPERM/s" && bin.eperm > 0 ? paint("red", cell) : cell;
    });
    const tone = share === null || share < 0.8 ? "green" : share < 0.99 ? "yellow" : "red";
    return [
      `  ${padLeft(time, timeWidth)}  ${paint(tone, occupancy)} ${padLeft(full(bin), fullWidth)}`,
      ...rates,
      paint("cyan", mark),
    ]
      .join("  ")
      .trimEnd();
  });
  return [paint("dim", head), ...body];
}

function shareOf({ count, max }: Bin): number | null {
  return count === null || max === null || max === 0 ? null : count / max;
}

/** Above 100 % where max was lowered below the entries that were there. */
function full(bin: Bin): string {
  const share = shareOf(bin);
  return share === null ? "?" : percent(share);
}

interface Row {
  bin: Bin;
  time: string;
  mark: string;
  /** Seconds that the row covers; the last one can be short. */
  lasts: number;
}

function rowsOf({ bins, binNs, phases, router, endNs }: Timeline): Row[] {
  if (bins.length === 0) return [];
  const totalS = (bins.length * binNs) / NS_PER_S;
  const binS = binNs / NS_PER_S;
  const stepS = STEPS_S.find((step) => step >= binS && totalS / step <= MAX_ROWS) ?? totalS / MAX_ROWS;
  const perRow = Math.max(1, Math.ceil(stepS / binS - 1e-9));
  const rows: Row[] = [];
  for (let first = 0; first < bins.length; first += perRow) {
    const slice = bins.slice(first, first + perRow);
    const fromNs = first * binNs;
    const toNs = fromNs + perRow * binNs;
    const begun = phases.filter(({ startNs }) => startNs >= fromNs && startNs < toNs).map(({ kind }) => kind);
    rows.push({
      bin: router === null || router.length === 0 ? mergeBins(slice) : { ...mergeBins(slice), ...tableWithin(router, { fromNs, toNs }) },
      time: `${(fromNs / NS_PER_S).toFixed(perRow * binS < 1 ? 1 : 0)} s`,
      mark: begun.length === 0 ? "" : `◂ ${begun.join(", ")}`,
      lasts: (Math.min(toNs, endNs) - fromNs) / NS_PER_S,
    });
  }
  return joinShortEnd(rows, (perRow * binNs) / NS_PER_S);
}

/** Rates over the last moments of a run would divide by next to nothing: they join the row before. */
function joinShortEnd(rows: Row[], stepS: number): Row[] {
  const last = rows.at(-1);
  const before = rows.at(-2);
  if (last === undefined || before === undefined || last.lasts > stepS / 2) return rows;
  const mark = before.mark === "" ? last.mark : before.mark;
  return [...rows.slice(0, -2), { ...before, bin: mergeBins([before.bin, last.bin]), mark, lasts: before.lasts + last.lasts }];
}

function rate(count: number | null, lasts: number): string {
  return count === null ? "?" : tally(lasts > 0 ? count / lasts : 0);
}

/** A bar to an eighth of a column, at most `width`; anything above nothing shows. */
function bar(share: number, width: number): string {
  const eighths = Math.min(width * 8, Math.round(share * width * 8));
  if (eighths === 0) return share > 0 ? "▏" : "";
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}
