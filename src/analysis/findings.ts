import { NS_PER_MS, NS_PER_S } from "../clock.ts";
import type { Reading } from "../store/facts.ts";
import type { RunRecord } from "../store/records.ts";
import type { Evidence } from "./evidence.ts";
import { compositionAtFull } from "./filler.ts";
import { insertedProtocols } from "./inserted.ts";
import type { LatencyFold } from "./latency.ts";
import { changedMax, deaths, failedPrograms, lostOnReceipt, shortFills } from "./lab-doubts.ts";
import { endOf } from "./phases.ts";
import type { PhaseTotals } from "./phases.ts";
import { paceDoubt } from "./pacing.ts";
import { askedOverTcp, plannedQueries } from "./plan-view.ts";
import type { PlanView, PlannedPhaseView } from "./plan-view.ts";
import { COUNTERS, COUNTER_NAMES, known, lastAtOrBefore } from "./samples.ts";
import type { SampleSeries } from "./samples.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { percent, plural, seconds, tally } from "./words.ts";

const FINDING_KINDS = [
  "not-finished",
  "server-died",
  "program-failed",
  "fill-short",
  "max-changed",
  "receive-buffer",
  "no-libc",
  "generator-late",
  "rate-not-reached",
  "foreign-traffic",
  "other-protocols",
  "counters-missing",
  "kernel-log-unreadable",
  "composition-missing",
  "unlike-production",
  "sampler-gaps",
  "damaged-records",
  "accounting-broken",
  "kernel-count",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];
/** A doubt about the measurement. It does not change the verdict; it says how far to trust it. */
export type Finding = { kind: FindingKind; text: string };

/** Doubts that only a run can raise, which knows what it sent itself. */
const OF_OWN_TRAFFIC: ReadonlySet<FindingKind> = new Set(["receive-buffer", "other-protocols"]);

/** All that findings are drawn from. */
export interface Measurement {
  run: RunRecord;
  plan: PlanView | null;
  timeline: Timeline;
  evidence: Evidence;
  readings: readonly Reading[];
  latency: LatencyFold;
}

/** Every doubt about a run, in the order of FINDING_KINDS. */
export function findDoubts(measurement: Measurement): Finding[] {
  const kinds = measurement.run.watched === undefined ? FINDING_KINDS : FINDING_KINDS.filter((kind) => !OF_OWN_TRAFFIC.has(kind));
  return kinds.flatMap((kind) => DOUBTS[kind](measurement).map((text) => ({ kind, text })));
}

const LATE = 0.05;
const REACHED = 0.95;
const GAP_INTERVALS = 10;
const PRODUCTION_RATIO = 0.5;
/** Entries of others below this share change nothing. */
const NOTABLE = 0.01;

const DOUBTS: Record<FindingKind, (measurement: Measurement) => string[]> = {
  "not-finished": ({ run, timeline }) => {
    const told = run.failure ?? timeline.stopped.at(-1);
    const why = told === run.state ? undefined : told;
    switch (run.state) {
      case "finished":
        return [];
      case "running":
        return [`the run was killed or still goes on; its facts end ${seconds(timeline.endNs)} after the start`];
      case "interrupted":
      case "stopped":
      case "failed":
        return [`the run ${run.state === "failed" ? "failed" : `was ${run.state}`}${why === undefined ? "" : `: ${why}`}`];
    }
  },

  "server-died": ({ timeline }) => deaths(timeline),

  "program-failed": ({ timeline }) => failedPrograms(timeline),

  "fill-short": ({ plan, timeline }) => shortFills(timeline, plan),

  "max-changed": ({ plan, timeline }) => changedMax(timeline, plan),

  "receive-buffer": ({ evidence, plan, timeline }) => lostOnReceipt(timeline, evidence.sends, plan),

  "no-libc": ({ plan }) =>
    plan?.libc === false ? ["the C library could not be called here (koffi does not load): Node's own sockets filled and sent, which is slower, and latencies hold the waits of its event loop"] : [],

  "generator-late": ({ latency, plan, timeline }) =>
    eachLoad(timeline, plan, (load, planned) => {
      const doubt = paceDoubt(load, planned, latency);
      if (doubt?.reached) return doubt.text;
      if (load.planned !== null) return null;
      // A run of before, which dropped nothing.
      const due = plannedQueries(planned);
      if (due === null || load.peakBehind <= LATE * due) return null;
      return `the generator fell behind by up to ${tally(load.peakBehind)} of ${tally(due)} planned queries (${percent(load.peakBehind / due)})`;
    }),

  "rate-not-reached": ({ latency, plan, timeline }) =>
    eachLoad(timeline, plan, (load, planned) => {
      const doubt = paceDoubt(load, planned, latency);
      if (doubt?.reached === false) return doubt.text;
      if (load.planned !== null) return null;
      const wanted = planned.ratePps ?? null;
      if (wanted === null || load.lastAttemptNs === null) return null;
      // The phase goes on after its last send, until the last answer or timeout.
      const lastDueNs = planned.durationMs == null ? Infinity : load.startNs + planned.durationMs * NS_PER_MS;
      const untilNs = planned.queries == null ? Math.min(endOf(load, timeline.endNs), lastDueNs) : load.lastAttemptNs;
      const took = Math.max(untilNs - load.startNs, 1) / NS_PER_S;
      // A load of a few ticks says nothing of its rate.
      const queries = load.attempted - load.retries;
      if (took < 0.5 || queries / took >= REACHED * wanted) return null;
      return `the load attempted ${tally(queries / took)} queries/s of the planned ${tally(wanted)}/s`;
    }),

  "foreign-traffic": ({ plan, timeline }) => {
    const { samples } = timeline;
    const first = known(samples.count, 0);
    if (first === null || plan === null || plan.scenario.lab.topology === "host") return [];
    const ours = plan.phases.reduce((sum, { opened, sockets }) => sum + (opened === "at-start" ? (sockets ?? 0) : 0), 0);
    const begun = timeline.phases[0];
    const before = begun === undefined ? null : known(samples.count, lastAtOrBefore(samples, begun.startNs));
    const texts: string[] = [];
    if (first > 0) texts.push(`the lab's table held ${plural(first, "entry", "entries")} before anything was sent`);
    if (before !== null && before > first + ours) texts.push(`the lab's table grew by ${plural(before - first - ours, "entry", "entries")} before the first phase began`);
    return texts;
  },

  "other-protocols": ({ plan, timeline }) => {
    const groups = compositionAtFull(timeline.compositions)?.groups ?? [];
    const filled = new Set(["udp", ...(plan?.phases ?? []).flatMap((phase) => (phase.state === "time-wait" || askedOverTcp(phase) ? ["tcp"] : [])), ...insertedProtocols(timeline)]);
    const entries = groups.reduce((sum, group) => sum + group.entries, 0);
    const others = groups.filter(({ protocol }) => !filled.has(protocol));
    const foreign = others.reduce((sum, group) => sum + group.entries, 0);
    if (foreign === 0 || foreign < NOTABLE * entries) return [];
    const names = [...new Set(others.map(({ protocol }) => protocol))].join(", ");
    return [`${tally(foreign)} of ${tally(entries)} entries (${percent(foreign / entries)}) are of protocols that this run did not send: ${names}`];
  },

  "counters-missing": ({ timeline }) => {
    const { samples, columns } = timeline;
    // clash_resolve is left out: kernels before 5.10 have none, and no verdict stands or falls with it, nor one of a run with OutRequests.
    const missing = COUNTER_NAMES.filter((counter) => counter !== "clashResolved" && counter !== "outRequests" && !samples.known[counter]).map((counter) => COUNTERS[counter].columns[0]);
    const why = columns !== null && columns.stat === null ? " (/proc/net/stat/nf_conntrack is missing)" : "";
    return [
      ...(missing.length === 0 ? [] : [`this kernel does not show ${missing.join(", ")}${why}`]),
      ...(["count", "max"] as const).flatMap((limit) => unread(samples, limit)),
    ];
  },

  "kernel-log-unreadable": ({ timeline }) => {
    const state = timeline.columns?.kernelLog;
    return state === undefined || /^(readable|read|yes|ok)\b/i.test(state) ? [] : [`the kernel log could not be read: ${state}`];
  },

  "composition-missing": ({ timeline }) =>
    timeline.compositionsMissing.map(({ moment, why }) => `who filled the table ${moment === "demand" ? "when it was asked" : `at the ${moment}`} is unknown: ${why}`),

  "unlike-production": ({ plan }) => {
    if (plan === null || plan.scenario.table.max === null) return [];
    const { max, buckets } = plan.table;
    if (max / buckets >= PRODUCTION_RATIO) return [];
    return [
      `the regime is unlike production: max ${tally(max)} is far below ${tally(buckets)} buckets, so early drop rarely finds a victim`,
    ];
  },

  "sampler-gaps": ({ plan, timeline }) => {
    if (plan === null) return [];
    const limitNs = GAP_INTERVALS * plan.scenario.observe.everyMs * NS_PER_MS;
    const { atNs, length } = timeline.samples;
    let gaps = 0;
    let longestNs = 0;
    for (let index = 1; index < length; index += 1) {
      const gapNs = (atNs[index] ?? 0) - (atNs[index - 1] ?? 0);
      if (gapNs > limitNs) gaps += 1;
      longestNs = Math.max(longestNs, gapNs);
    }
    if (gaps === 0) return [];
    return [
      `the sampler paused ${plural(gaps, "time")} for more than ${GAP_INTERVALS} intervals of ${plan.scenario.observe.everyMs} ms, at most ${tally(longestNs / NS_PER_MS)} ms`,
    ];
  },

  "damaged-records": ({ readings }) =>
    readings
      .filter(({ damaged }) => damaged > 0)
      .map(({ file, damaged, firstDamagedLine }) => {
        const where = firstDamagedLine === null ? "" : `, the first in line ${firstDamagedLine}`;
        return `${plural(damaged, "line")} of ${file} cannot be read${where}: left out`;
      }),

  "accounting-broken": ({ evidence }) => evidence.books.faults.map((fault) => `the senders' books do not balance: ${fault}`),

  "kernel-count": ({ evidence }) => evidence.kernelCount.faults,
};

/** nf_conntrack_count or nf_conntrack_max, where samples lack it. */
function unread(samples: SampleSeries, name: "count" | "max"): string[] {
  const missing = samples[name].reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
  if (missing === 0) return [];
  return [`nf_conntrack_${name} could not be read in ${missing === samples.length ? "any sample" : `${tally(missing)} of ${plural(samples.length, "sample")}`}`];
}

function eachLoad(
  timeline: Timeline,
  plan: PlanView | null,
  doubt: (load: PhaseTotals, planned: PlannedPhaseView) => string | null,
): string[] {
  return loadsOf(timeline).flatMap((load) => {
    const planned = plan?.phases[load.phase];
    const text = planned === undefined ? null : doubt(load, planned);
    return text === null ? [] : [text];
  });
}
