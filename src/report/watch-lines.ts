import type { TableReading, WatchTotals } from "../analysis/table-meter.ts";
import { percent, plural, tally } from "../analysis/words.ts";
import type { CompositionRecord } from "../store/event-records.ts";
import type { ColumnsRecord, KernelLogRecord } from "../store/records.ts";
import { padLeft, padRight } from "./style.ts";
import type { Paint } from "./style.ts";

interface Column {
  title: string;
  width: number;
  text(reading: TableReading): string;
}

const BAR = 12;
/** From this many columns on there is room for the bar. */
const ROOMY = 94;
const A_MINUTE_S = 60;
const A_DAY_S = 24 * 3600;

const COLUMNS: readonly Column[] = [
  { title: "entries", width: 10, text: ({ entries }) => (entries === null ? "?" : tally(entries)) },
  { title: "full", width: 8, text: ({ share }) => (share === null ? "?" : percent(share)) },
  { title: "growth/s", width: 9, text: ({ growthPerS }) => (growthPerS === null ? "-" : signed(growthPerS)) },
  { title: "full in", width: 8, text: ({ fullInS }) => untilFull(fullInS) },
  { title: "drop/s", width: 8, text: ({ dropPerS }) => rate(dropPerS) },
  { title: "early/s", width: 8, text: ({ earlyDropPerS }) => rate(earlyDropPerS) },
  { title: "failed/s", width: 9, text: ({ insertFailedPerS }) => rate(insertFailedPerS) },
  { title: "outdis/s", width: 9, text: ({ outDiscardsPerS }) => rate(outDiscardsPerS) },
];

/** The header of the lines below. `failed`: insert_failed. `outdis`: Ip.OutDiscards. */
export function watchHeader({ paint, width }: { paint: Paint; width: number }): string {
  const bar = width >= ROOMY ? ` ${padRight("table", BAR)}` : "";
  return paint("dim", `${padRight("time", 8)}${bar}${COLUMNS.map(({ title, width: room }) => padLeft(title, room)).join("")}`);
}

/** One line of a watch: 78 columns, or 91 with its bar. `at`: the wall clock. */
export function watchLine(reading: TableReading, { at, paint, width }: { at: Date; paint: Paint; width: number }): string {
  const { share } = reading;
  const tone = share === null || share < 0.8 ? "green" : share < 0.95 ? "yellow" : "red";
  const bar = width >= ROOMY ? ` ${paint(tone, cells(share))}` : "";
  return `${clockTime(at)}${bar}${COLUMNS.map(({ text, width: room }) => padLeft(text(reading), room)).join("")}`;
}

/** Who fills the table, the largest group first, or why nobody knows. */
export function compositionLines(composition: Pick<CompositionRecord, "groups" | "tookNs">, at: Date): string[] {
  const total = composition.groups.reduce((sum, { entries }) => sum + entries, 0);
  const groups = composition.groups.toSorted((a, b) => b.entries - a.entries);
  return [
    `${clockTime(at)} ${plural(total, "entry", "entries")}, counted in ${(composition.tookNs / 1e6).toFixed(1)} ms${total === 0 ? "" : ":"}`,
    ...groups.map(({ protocol, state, assured, entries }) => `${" ".repeat(9)}${padLeft(tally(entries), 9)} ${padLeft(percent(entries / total), 8)}  ${protocol.toUpperCase()} ${state}${assured ? ", ASSURED" : ""}`),
  ];
}

/**
 * Lines of the kernel log that came at once; the same line several times is told once. `own`: the table is that of the namespace this
 * program is in. What is not surely about the table says so.
 */
export function kernelLogLines(records: readonly KernelLogRecord[], { at, own }: { at: (atNs: number) => Date; own: boolean }): string[] {
  const times = new Map<string, { first: KernelLogRecord; count: number }>();
  for (const record of records) times.set(record.line, { first: times.get(record.line)?.first ?? record, count: (times.get(record.line)?.count ?? 0) + 1 });
  return [...times].map(([line, { first, count }]) => `${clockTime(at(first.atNs))} kernel: ${line}${count === 1 ? "" : ` (${count} times)`}${aboutOthers(first, own)}`);
}

/** Since 6.18 the kernel names the namespace, unless it is the first. */
function aboutOthers({ kind, line }: KernelLogRecord, own: boolean): string {
  if (kind === "suppressed") return " (network warnings of the whole machine, of any kind)";
  return own || line.includes("in netns") ? "" : " (names no namespace: may be another table)";
}

/** What a whole watch came to, in a few words. */
export function watchTotal({ logLines, totals, untracked }: { totals: WatchTotals; logLines: number; untracked: string | null }): string {
  const { chainTooLong, drop, earlyDrop, entries, firstEntries, insertFailed, max, outDiscards, peak, peakShare } = totals;
  const counters = [["drop", drop], ["early_drop", earlyDrop], ["insert_failed", insertFailed], ["chain too long", chainTooLong], ["OutDiscards", outDiscards]] as const;
  return [
    `watched ${(totals.atNs / 1e9).toFixed(1)} s: ${tally(firstEntries)} to ${tally(entries)} of ${tally(max)} entries, peak ${tally(peak)} (${percent(peakShare)})`,
    counters.map(([name, total]) => `${name} ${tally(total)}`).join(", "),
    ...(untracked === null ? [] : [`nothing was tracked, so this table cannot fill: ${untracked}`]),
    ...(logLines === 0 ? [] : [`${plural(logLines, "line")} "table full" in the kernel log`]),
  ].join("\n");
}

/** What cannot be read here, and so is not told: empty where nothing is missing. */
export function unreadable({ kernelLog, net, stat }: ColumnsRecord): string[] {
  return [
    ...(stat === null ? ["conntrack's counters (/proc/net/stat/nf_conntrack is missing)"] : []),
    ...(net === null ? ["OutDiscards (/proc/net/snmp)"] : []),
    ...(kernelLog === "readable" ? [] : [`the kernel log: ${kernelLog}`]),
  ];
}

/** Local time: 23:59:59. */
export function clockTime(at: Date): string {
  return at.toTimeString().slice(0, 8);
}

function rate(perS: number | null): string {
  if (perS === null) return "?";
  return perS > 0 && perS < 0.5 ? "<1" : tally(perS);
}

function signed(perS: number): string {
  const rounded = Math.abs(perS) < 10 ? Number(perS.toFixed(1)) : Math.round(perS);
  return rounded === 0 ? "0" : `${rounded > 0 ? "+" : "-"}${Math.abs(rounded) < 10 ? Math.abs(rounded).toFixed(1) : tally(Math.abs(rounded))}`;
}

/** 75 -> "1m15s"; "-" where it does not grow, "now" of a full table. */
function untilFull(seconds: number | null): string {
  if (seconds === null) return "-";
  if (seconds === 0) return "now";
  if (seconds >= A_DAY_S) return ">1d";
  if (seconds < A_MINUTE_S) return `${Math.ceil(seconds)}s`;
  const minutes = Math.floor(seconds / A_MINUTE_S);
  if (minutes < 60) return `${minutes}m${String(Math.floor(seconds % A_MINUTE_S)).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

function cells(share: number | null): string {
  const full = Math.min(BAR, Math.floor((share ?? 0) * BAR + 1e-9));
  return "█".repeat(full) + "░".repeat(BAR - full);
}
