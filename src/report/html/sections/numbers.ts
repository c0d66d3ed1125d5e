import { modelApplies } from "../../../analysis/model-check.ts";
import type { Summary } from "../../../analysis/summary.ts";
import type { ToldRun } from "../../../analysis/told-run.ts";
import { percent, tally } from "../../../analysis/words.ts";
import { ms } from "../../page.ts";
import { programLines } from "../../sections/programs.ts";
import { thresholdText } from "../../sections/thresholds.ts";
import { painter } from "../../style.ts";
import type { Term } from "../definitions.ts";
import { html } from "../markup.ts";
import type { Content } from "../markup.ts";
import { factTable } from "../parts.ts";
import type { Section } from "../parts.ts";

type Row = [name: Term, value: Content, label?: string];

/** The senders' books, the kernel's counters, the table, pace and cost. */
export function numbersSection({ summary }: ToldRun): Section {
  const kernel: [string, Row[]][] = [["What the kernel counted", kernelRows(summary)], ["The table", tableRows(summary)]];
  const tables: [string, Row[]][] = summary.watch === null ? [["What the senders counted", senderRows(summary)], ...kernel, ["Pace, latency and cost", paceRows(summary)]] : kernel;
  return { id: "numbers", title: "Numbers", body: html`<div class="columns">${tables.map(([caption, rows]) => factTable(caption, rows))}</div>` };
}

/** The scenario's thresholds; nothing without one. */
export function thresholdsSection({ summary: { thresholds } }: ToldRun): Section {
  const mark = (passed: boolean | null): string => (passed === null ? "?" : passed ? "✓" : "✕");
  const tone = (passed: boolean | null): string => (passed === null ? "yellow" : passed ? "green" : "red");
  const word = (passed: boolean | null): string => (passed === null ? "unknown" : passed ? "kept" : "crossed");
  return {
    id: "thresholds",
    title: "Thresholds",
    body: thresholds.length === 0 ? null : html`<ul class="evidence">${thresholds.map((told) => html`<li class="${tone(told.passed)}"><span class="mark" role="img" aria-label="${word(told.passed)}">${mark(told.passed)}</span><span>${thresholdText(told)}</span></li>`)}</ul>`,
  };
}

/** What tunings changed, and what the kernel then did; nothing without one. */
export function tuningsSection({ summary: { tunings } }: ToldRun): Section {
  return {
    id: "tunings",
    title: "Tunings",
    body: tunings.length === 0 ? null : html`<dl class="tunings">${tunings.map(({ name, changes, effect }) => html`<div><dt>${name}</dt>${changes.map(({ what, from, to }) => html`<dd>${what}: ${from === null ? null : html`${from} → `}<span class="changed">${to}</span></dd>`)}${effect === null ? null : html`<dd>${effect}</dd>`}</div>`)}</dl>`,
  };
}

/** How the scenario's own programs ended. */
export function programsSection({ timeline }: ToldRun): Section {
  const lines = programLines(timeline, { width: 100, paint: painter(false) });
  return { id: "programs", title: "Programs", body: lines.length === 0 ? null : html`<pre>${lines.join("\n")}</pre>` };
}

function senderRows({ books, sends }: Summary): Row[] {
  return [
    ["attempted", tally(sends.attempted)],
    ["sent", tally(sends.sent)],
    ...Object.entries(sends.failed).map(([errno, count]): Row => ["failed", tally(count), `failed: ${errno}`]),
    ["answered", tally(sends.answered)],
    ["unanswered", tally(sends.unanswered)],
    ["late", sends.lateSeen === false ? "not seen" : tally(sends.late)],
    ...(sends.open > 0 ? [["open", tally(sends.open)] as Row] : []),
    ...(sends.stray > 0 ? [["stray", tally(sends.stray)] as Row] : []),
    ["books", books.ledgers === 0 ? "none" : books.balanced ? "balance" : "do not balance"],
    ["kernelPackets", books.kernelPackets === null ? `not counted: ${books.kernelUnknown ?? "unknown"}` : `${tally(books.kernelPackets)}${books.kernelAgrees === false ? ", not the same" : ""}`],
  ];
}

function kernelRows({ attribution: { chainTooLong, drop, earlyDrop, eperm, explainedShare, insertFailed, remainder }, router, watch }: Summary): Row[] {
  return [
    ["drop", tally(drop)],
    ["earlyDrop", tally(earlyDrop)],
    ["insertFailed", tally(insertFailed)],
    ["chainTooLong", tally(chainTooLong)],
    ...(watch === null ? [["eperm", tally(eperm), "EPERM, for comparison"] as Row] : [["outDiscards", tally(watch.outDiscards)] as Row]),
    ...(eperm === 0 ? [] : [["explained", `${percent(explainedShare)}, ${tally(remainder)} left over`] as Row]),
    ...(router === null ? [] : [["routerDrop", tally(router.drop)] as Row]),
  ];
}

function tableRows(summary: Summary): Row[] {
  const { model, onset, router, table } = summary;
  const rows: Row[] = [["max", tally(table.max)], ["buckets", tally(table.buckets)], ["peak", `${tally(table.peak)} entries`]];
  if (router !== null) rows.push(["peak", `${tally(router.peak)} of ${tally(router.max)}`, "router: peak"]);
  if (onset !== null) {
    rows.push(["onset", `${(onset.sinceLoadMs / 1000).toFixed(3)} s into the load`], ["onsetOccupancy", percent(onset.share)], ["flowsOpened", tally(onset.flowsOpened)]);
    if (onset.leadMs !== null) rows.push(["lead", `${onset.leadMs.toFixed(2)} ms`]);
  }
  if (modelApplies(summary) && model.evictable !== null) rows.push(["evictable", tally(model.evictable)], ["assured", tally(model.assured)]);
  return rows;
}

function paceRows({ cpu, latency, pacing }: Summary): Row[] {
  const us = (value: number | null): string => (value === null ? "unknown" : `${value.toFixed(1)} µs`);
  const rate = (value: number | null): string => (value === null ? "unknown" : `${tally(value)}/s`);
  return [
    ...(pacing === null ? [] : ([["planned", rate(pacing.plannedPps)], ["achieved", rate(pacing.achievedPps)], ["dropped", tally(pacing.dropped)]] as Row[])),
    ...(pacing?.lateness == null ? [] : [["lateness", ms(pacing.lateness.p99)] as Row]),
    ...(latency.p50 === null ? [] : ([["p50", ms(latency.p50)], ["p90", ms(latency.p90)], ["p99", ms(latency.p99)], ["slowest", ms(latency.max)]] as Row[])),
    ["kernelCpu", us(cpu.kernelUsPerQuery)],
    ["programCpu", us(cpu.programUsPerQuery)],
  ];
}
