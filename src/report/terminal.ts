import { findOnset } from "../analysis/onset.ts";
import { loadsOf } from "../analysis/timeline.ts";
import type { Summary } from "../analysis/summary.ts";
import type { ToldRun } from "../analysis/told-run.ts";
import type { Timeline } from "../analysis/timeline.ts";
import { percent, tally } from "../analysis/words.ts";
import type { FailureRecord } from "../store/records.ts";
import { renderChart } from "./chart.ts";
import { padRight, painter, wrap, wrapCommand } from "./style.ts";
import type { Colour, Paint } from "./style.ts";


interface Page {
  width: number;
  paint: Paint;
}

const TONES: Record<Summary["verdict"]["cause"], Colour> = {
  "table-full": "red",
  "early-drop-masked": "yellow",
  "firewall-drop": "red",
  "insert-clash": "red",
  "chain-too-long": "red",
  "send-buffer": "red",
  elsewhere: "red",
  untracked: "yellow",
  healthy: "green",
  inconclusive: "yellow",
};
/** Where labels end and values begin. */
const LABEL = 14;

/** Renders a run for a terminal or a log file, the verdict first. Returns the text; prints nothing. */
export function renderReport(input: ToldRun, options: { color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const chart = renderChart(input.timeline, page);
  const sections: string[][] = [
    verdict(input, page),
    section("Onset", onset(input, page), page),
    section("Table over time", chart, page),
    section("Numbers", numbers(input.summary, page), page),
    section("Doubts", input.summary.verdict.findings.map(({ text }) => bullet("!", "yellow", text, page)), page),
    section("Next", input.summary.verdict.next.map((line) => nextStep(line, page)), page),
    [page.paint("dim", `Stored in ${input.directory}`)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function section(title: string, lines: string[], { paint }: Page): string[] {
  return lines.length === 0 ? [] : [paint("bold", title), ...lines];
}

function verdict({ summary, run }: ToldRun, page: Page): string[] {
  const { cause, sentence, evidence, against } = summary.verdict;
  const { paint, width } = page;
  const { expected, met } = summary.expectation;
  const expectation = expected === null ? "" : met === true ? " (as expected)" : ` (expected ${expected})`;
  const took = summary.run.durationMs === null ? "" : `, ${(summary.run.durationMs / 1000).toFixed(1)} s`;
  return [
    `${paint("bold", paint(TONES[cause], cause))}${paint(met === false ? "red" : "dim", expectation)}` +
      paint("dim", `  ${summary.run.scenario}, Linux ${summary.run.kernel}, ${run.environment.cpus} CPUs${took}`),
    "",
    wrap(sentence, { width, first: "", indent: "" }),
    ...evidence.map((text) => bullet("+", "green", text, page)),
    ...against.map((text) => bullet("-", "yellow", text, page)),
  ];
}

function onset({ summary, timeline }: ToldRun, { width, paint }: Page): string[] {
  const first = summary.onset;
  const failure = findOnset(timeline)?.failure ?? firstFailure(timeline);
  const words = failure === null ? [] : [`  ${paint("red", failure.words)}`];
  if (first === null) return words;
  const table =
    first.count === null ? "" : `, at ${tally(first.count)} of ${tally(first.max)} entries (${percent(first.share)})`;
  const lead = first.leadMs === null ? "" : `; the table was first seen full ${ms(Math.abs(first.leadMs))} ${first.leadMs < 0 ? "after" : "before"}`;
  const text =
    `first EPERM ${(first.atMs / 1000).toFixed(3)} s after the start, ` +
    `${(first.sinceLoadMs / 1000).toFixed(3)} s into the load${table}${lead}`;
  return [wrap(text, { width, first: "  ", indent: "  " }), ...words];
}

function firstFailure(timeline: Timeline): FailureRecord | null {
  return loadsOf(timeline).find(({ firstFailure: failure }) => failure !== null)?.firstFailure ?? null;
}

function numbers(summary: Summary, page: Page): string[] {
  const { latency, sends } = summary;
  const fate = [`${tally(sends.sent)} sent`, ...failures(sends.failed)].join(" + ");
  const lines = [row("sends", `${tally(sends.attempted)} attempted = ${fate}`, page)];
  const fates = [`${tally(sends.answered)} answered`, `${tally(sends.unanswered)} unanswered`, `${tally(sends.late)} late`];
  lines.push(row("sent", `${tally(sends.sent)} = ${fates.join(" + ")}${sends.stray > 0 ? `; ${tally(sends.stray)} stray` : ""}`, page));
  lines.push(row("attribution", attributionText(summary), page));
  lines.push(row("model", modelText(summary), page));
  lines.push(row("table", `peak ${tally(summary.table.peak)} of ${tally(summary.table.max)}, ${tally(summary.table.buckets)} buckets`, page));
  const { p50, p90, p99, max } = latency;
  lines.push(
    row("latency", p50 === null ? "no answer" : `p50 ${ms(p50)}   p90 ${ms(p90)}   p99 ${ms(p99)}   max ${ms(max)}`, page),
  );
  return lines;
}

function failures(failed: Record<string, number>): string[] {
  return Object.entries(failed)
    .sort(([, one], [, other]) => other - one)
    .map(([errno, count]) => `${tally(count)} ${errno}`);
}

function modelText({ model }: Summary): string {
  const { assured, buckets, evictable, measuredEpermShare: measured, predictedEpermShare: predicted } = model;
  const seen = measured === null ? "" : `; measured ${percent(measured)}`;
  if (predicted === null) {
    const why = evictable === null ? "nobody counted who was in a full table" : "the number of buckets is unknown";
    return `no prediction: ${why}${seen}`;
  }
  const entries = `${tally(evictable)} evictable, ${tally(assured)} ASSURED, ${tally(buckets)} buckets`;
  return `predicts ${percent(predicted)} EPERM once full (${entries})${seen}`;
}

/** "EPERM seen 9,001 = drop 9,001 + chain too long 0; ...", with the sign that the numbers bear out. */
function attributionText({ attribution }: Summary): string {
  const { eperm, drop, earlyDrop, insertFailed, chainTooLong, explainedShare } = attribution;
  const counted = (drop ?? 0) + (chainTooLong ?? 0);
  const sign = drop === null ? "?" : counted === eperm ? "=" : eperm < counted ? "<" : ">";
  const chain = chainTooLong === null || chainTooLong === 0 ? "" : ` + chain too long ${tally(chainTooLong)}`;
  const share = explainedShare === null ? "" : ` (${percent(explainedShare)} explained)`;
  return `EPERM seen ${tally(eperm)} ${sign} drop ${tally(drop)}${chain}${share}; early drop ${tally(earlyDrop)}, insert failed ${tally(insertFailed)}`;
}

function row(label: string, text: string, { width, paint }: Page): string {
  const indent = " ".repeat(2 + LABEL);
  const wrapped = wrap(text, { width, first: indent, indent });
  return `  ${paint("dim", padRight(label, LABEL))}${wrapped.slice(indent.length)}`;
}

function bullet(mark: string, colour: Colour, text: string, { width, paint }: Page): string {
  const wrapped = wrap(text, { width, first: "    ", indent: "    " });
  return `  ${paint(colour, mark)} ${wrapped.slice(4)}`;
}

/** A comment explains the commands below it; commands are kept so that they can be pasted. */
function nextStep(line: string, { width, paint }: Page): string {
  if (!line.startsWith("# ")) return wrapCommand(line, { width, first: "  ", indent: "    " });
  return wrap(line, { width, first: "  ", indent: "  # " })
    .split("\n")
    .map((text) => paint("dim", text))
    .join("\n");
}

function ms(value: number | null): string {
  if (value === null) return "?";
  return `${value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : tally(value)} ms`;
}
