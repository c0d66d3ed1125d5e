import { modelApplies } from "../../analysis/model-check.ts";
import type { Summary } from "../../analysis/summary.ts";
import { percent, plural, tally } from "../../analysis/words.ts";
import { fillerLine } from "./attribution.ts";
import { ms, row, us } from "../page.ts";
import type { Page } from "../page.ts";

/** The senders' books, the model against the measurement, the table, rate and lateness, the latency and the CPU time. */
export function numberLines(summary: Summary, page: Page): string[] {
  if (summary.watch !== null) return watchLines(summary, page);
  const { books, sends } = summary;
  const sign = books.balanced ? "=" : "?";
  const fate = [`${tally(sends.sent)} sent`, ...listed(sends.failed)].join(" + ");
  const lines = [row("sends", `${tally(sends.attempted)} attempted ${sign} ${fate}`, page)];
  const fates = [
    `${tally(sends.answered)} answered`, `${tally(sends.unanswered)} unanswered`, `${tally(sends.late)} late`,
    // Only a run that was cut short leaves some.
    ...(sends.open > 0 ? [`${tally(sends.open)} open`] : []),
  ];
  const unseen = sends.lateSeen === false && sends.unanswered > 0 ? " (a socket for each query closes at its timeout and sees no later answer)" : "";
  lines.push(row("sent", `${tally(sends.sent)} ${sign} ${fates.join(" + ")}${unseen}`, page));
  if (Object.keys(sends.outcomes).some((outcome) => outcome !== "NOERROR")) lines.push(row("answers", outcomesText(sends.outcomes), page));
  if (sends.stray > 0) lines.push(row("stray", `${plural(sends.stray, "datagram")} closed no query: ${counted(sends.strays)}`, page));
  const { gaveUp, recovered, retries } = sends;
  if (recovered + gaveUp > 0) {
    const queries = sends.attempted - retries;
    lines.push(row("retries", `${tally(recovered + gaveUp)} of ${tally(queries)} queries were refused at first: ${tally(recovered)} went at a later attempt, ${tally(gaveUp)} given up (${tally(retries)} retries)`, page));
  }
  const icmp = sends.icmp ?? {};
  if (Object.keys(icmp).length > 0) lines.push(row("ICMP", `said of queries that had left: ${counted(icmp)}`, page));
  if (books.ledgers > 0) lines.push(row("books", booksText(books), page));
  if (modelApplies(summary)) lines.push(row("model", modelText(summary), page));
  lines.push(tableLine(summary, page));
  const { pacing, uncorrectedLatency: uncorrected } = summary;
  if (pacing !== null) {
    lines.push(row("rate", rateText(pacing), page));
    if (pacing.lateness !== null) {
      const { p50, p99, max } = pacing.lateness;
      lines.push(row("lateness", `p50 ${ms(p50)}   p99 ${ms(p99)}   max ${ms(max)}`, page));
    }
  }
  lines.push(row("latency", latencyText(summary), page));
  if (uncorrected !== null && uncorrected.p50 !== null) lines.push(row("uncorrected", percentilesText(uncorrected), page));
  const { kernelUsPerQuery: kernel, programUsPerQuery: program, hostSoftirqUsPerQuery: softirq } = summary.cpu;
  if (kernel !== null) {
    const host = softirq === null ? "" : `; softirq of the whole machine ${us(softirq)}`;
    lines.push(row("CPU a query", `kernel ${us(kernel)}, program ${program === null ? "?" : us(program)} in the sender threads${host}`, page));
  }
  return lines;
}

function tableLine({ table: { buckets, max, peak } }: Summary, page: Page): string {
  return row("table", `peak ${tally(peak)} of ${tally(max)}, ${tally(buckets)} buckets`, page);
}

/** Of a watch, which sent nothing: the table and every counter. */
function watchLines(summary: Summary, page: Page): string[] {
  const { attribution: { chainTooLong, clashResolved, drop, earlyDrop, insertFailed }, watch } = summary;
  return [
    row("watched", watch?.namespace ?? "", page),
    tableLine(summary, page),
    row("counted", `drop ${tally(drop)}, early drop ${tally(earlyDrop)}, insert failed ${tally(insertFailed)}, chain too long ${tally(chainTooLong)}, clashes resolved ${tally(clashResolved)}`, page),
    row("OutDiscards", tally(watch?.outDiscards ?? null), page),
    ...(summary.table.filler === null ? [] : [fillerLine(summary.table.filler, page)]),
  ];
}

function booksText({ balanced, kernelAgrees, kernelPackets, kernelUnknown, ledgers }: Summary["books"]): string {
  const books = balanced ? `balance, for ${plural(ledgers, "thread")} and in total` : "DO NOT BALANCE: see Doubts";
  if (kernelAgrees === null) return `${books}; not checked against the kernel: ${kernelUnknown}`;
  return `${books}; the kernel saw ${plural(kernelPackets ?? 0, "packet")} leave${kernelAgrees ? "" : ": NOT THE SAME, see Doubts"}`;
}

/** A rate of a few queries is told as it is, not rounded to nothing. */
function rateText({ achievedPps, dropped, planned, plannedPps }: NonNullable<Summary["pacing"]>): string {
  const lost = dropped === 0 ? "none dropped" : `${tally(dropped)} dropped (${percent(dropped / planned)})`;
  const rates = plannedPps === null || achievedPps === null ? "" : `planned ${rate(plannedPps)}, achieved ${rate(achievedPps)}; `;
  return `${rates}of ${plural(planned, "query", "queries")} ${lost}`;
}

function rate(pps: number): string {
  return `${pps < 100 ? Number(pps.toPrecision(3)) : tally(pps)}/s`;
}

function latencyText({ latency, latencySource, sends }: Summary): string {
  if (latency.p50 === null) return sends.answered === 0 ? "no answer" : "unknown: the latencies of its answers are not stored";
  return `${percentilesText(latency)}${latencySource === "ticks" ? "   (coarse: 1 significant digit, as latency.hlog does not hold all of them)" : ""}`;
}

function percentilesText({ p50, p90, p99, max }: Summary["latency"]): string {
  return `p50 ${ms(p50)}   p90 ${ms(p90)}   p99 ${ms(p99)}   max ${ms(max)}`;
}

function outcomesText(outcomes: Record<string, number>): string {
  const has = (suffix: string): boolean => Object.keys(outcomes).some((outcome) => outcome.includes(suffix));
  const legend = [...(has("+TC") ? ["+TC: truncated by the resolver"] : []), ...(has("+CUT") ? ["+CUT: longer than the receive buffer"] : [])];
  return [counted(outcomes), ...legend].join("; ");
}

function counted(counts: Record<string, number>): string {
  return listed(counts).join(", ");
}

/** "3,600 EPERM", most first. */
function listed(counts: Record<string, number>): string[] {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${tally(count)} ${name}`);
}

function modelText({ model, table }: Summary): string {
  const { assured, buckets, evictable, measuredEpermShare: measured, predictedEpermShare: predicted } = model;
  const seen = measured === null ? "" : `; measured ${percent(measured)}`;
  if (measured === null && evictable === null && table.peak !== null && table.max !== null && table.peak < table.max) {
    return "predicts no EPERM from this table: it never was full";
  }
  if (measured === null && evictable === null && (table.peak === null || table.max === null)) return "no prediction: how full the table was is unknown";
  if (predicted === null) {
    const why = evictable === null ? "nobody counted who was in a full table" : "the number of buckets is unknown";
    return `no prediction: ${why}${seen}`;
  }
  const entries = `${tally(evictable)} evictable, ${tally(assured)} ASSURED, ${tally(buckets)} buckets`;
  return `predicts ${percent(predicted)} EPERM once full (${entries})${seen}`;
}
