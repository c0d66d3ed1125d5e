import type { MetricComparison, Word } from "../analysis/compare/comparison.ts";
import { METRICS } from "../analysis/compare/metrics.ts";
import type { Unit } from "../analysis/compare/metrics.ts";
import { percent, tally } from "../analysis/words.ts";
import { ms, us } from "./page.ts";
import type { Page } from "./page.ts";
import { padLeft, padRight, wrap } from "./style.ts";
import type { Colour } from "./style.ts";

export const TONES: Record<Word, Colour> = { better: "green", worse: "red", "no difference": "dim", "cannot tell": "yellow" };
const MOST_OF_NAME = 12;
const MIB = 2 ** 20;
/** What needs no words beside the word itself. */
export const SELF_EVIDENT = new Set(["more than noise", "within the noise"]);

/** One row a metric: both values, what changed with its interval, and the word. */
export function metricTable({ base, metrics, other }: { base: string; other: string; metrics: readonly MetricComparison[] }, { paint, width }: Page): string[] {
  const rows = [["", clip(base), clip(other), "change", "interval", ""], ...metrics.flatMap((metric) => rowsOf(metric))];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const gap = widths.reduce((sum, one) => sum + one + 2, -2) > width ? " " : "  ";
  return rows.map((row, index) => {
    const cells = row.map((cell, column) => (column === 0 || column === 5 ? padRight : padLeft)(cell, widths[column] ?? 0));
    const [word = ""] = row.slice(5);
    if (word in TONES) cells[5] = paint(TONES[word as Word], word);
    const line = cells.join(gap).trimEnd();
    return index === 0 ? paint("dim", line) : line;
  });
}

function rowsOf({ base, difference, metric, other, word }: MetricComparison): string[][] {
  const { title, unit } = METRICS[metric];
  const cells = [title, groupText(base, unit), groupText(other, unit), ...changeText({ base, difference }, unit), word];
  if (metric !== "epermShare") return [cells];
  return [cells, ["  interval", rangeText(base.interval), rangeText(other.interval), "", "", ""]];
}

export function groupText({ known, mean, never }: MetricComparison["base"], unit: Unit): string {
  if (mean === null) return never > 0 ? "never" : "?";
  return `${never > 0 ? `${known} of ${known + never}: ` : ""}${valueText(mean, unit)}`;
}

/** A mean in its unit. */
export function valueText(value: number, unit: Unit): string {
  switch (unit) {
    case "share":
      return percent(value);
    case "per second":
      return `${tally(value)}/s`;
    case "ms":
      return ms(value);
    case "bytes":
      return `${(value / MIB).toFixed(1)} MiB`;
    case "µs":
      return us(value);
  }
}

/** Shares change by points, everything else by a part of the baseline. */
export function changeText({ base, difference }: Pick<MetricComparison, "base" | "difference">, unit: Unit): [string, string] {
  if (difference === null || base.mean === null) return ["", ""];
  const scale = unit === "share" ? 100 : base.mean === 0 ? null : 100 / base.mean;
  if (scale === null) return [valueText(difference.value, unit), ""];
  const [value, low, high] = [difference.value, difference.low, difference.high].map((part) => signed(part * scale));
  return [`${value} ${unit === "share" ? "pt" : "%"}`, `${low} to ${high}`];
}

function signed(value: number): string {
  if (Math.abs(value) < 0.05) return "0.0";
  return `${value > 0 ? "+" : ""}${value.toFixed(Math.abs(value) < 99.95 ? 1 : 0)}`;
}

export function rangeText(interval: MetricComparison["base"]["interval"]): string {
  return interval === null ? "?" : `${(interval.low * 100).toFixed(1)}-${(interval.high * 100).toFixed(1)} %`;
}

/** What words rest on where it is more, or less, than noise: once for all that it holds for. */
export function metricReasons(metrics: readonly MetricComparison[], { paint, width }: Page): string[] {
  const found = new Map<string, string[]>();
  for (const { metric, why, word } of metrics) {
    const text = `${word === "cannot tell" ? "cannot tell " : ""}%: ${why}`;
    if (!SELF_EVIDENT.has(why)) found.set(text, [...(found.get(text) ?? []), METRICS[metric].title]);
  }
  return [...found].map(([text, titles]) => paint("yellow", wrap(text.replace("%", titles.join(", ")), { width, first: "  ", indent: "    " })));
}

function clip(name: string): string {
  return name.length <= MOST_OF_NAME ? name : `${name.slice(0, MOST_OF_NAME - 3)}...`;
}
