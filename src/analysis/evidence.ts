import type { RunRecord } from "../store/records.ts";
import { attribute } from "./attribution.ts";
import type { Attribution } from "./attribution.ts";
import { checkBooks } from "./books.ts";
import type { Books } from "./books.ts";
import { correlate } from "./correlation.ts";
import type { Correlation } from "./correlation.ts";
import { fillerOf } from "./filler.ts";
import { compareKernelCount } from "./kernel-count.ts";
import type { KernelCount } from "./kernel-count.ts";
import { insertedEntries } from "./inserted.ts";
import { deaths } from "./lab-doubts.ts";
import { checkModel } from "./model-check.ts";
import type { ModelCheck } from "./model-check.ts";
import { findOnset } from "./onset.ts";
import type { Onset } from "./onset.ts";
import { addCounts, endOf } from "./phases.ts";
import { bucketsOf } from "./plan-view.ts";
import type { PlanView } from "./plan-view.ts";
import { observeRouter } from "./router.ts";
import { countAt, firstAtOrAfter, known } from "./samples.ts";
import type { SampleSeries } from "./samples.ts";
import type { Summary } from "./summary.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { watchedOf } from "./watched.ts";
import { loadChange } from "./windows.ts";

/** All that a verdict may be drawn from. Shares are 0 to 1; null is unknown. */
export interface Evidence {
  sends: Summary["sends"];
  failedSends: number;
  /** EPERM / attempted, over the whole load. */
  epermShare: number;
  onset: Onset | null;
  attribution: Attribution;
  correlation: Correlation;
  router: Summary["router"];
  /** Topology and resolver of the plan; null where there is none. */
  lab: PlanView["scenario"]["lab"] | null;
  /** Tunings of the plan, by name. */
  tunings: readonly string[];
  /** The ruleset of the client's namespace; null where it could not be read. */
  ruleset: string | null;
  model: ModelCheck;
  table: Summary["table"];
  /** Which limits of the table the scenario set: `table.max`, `table.buckets`. */
  setByScenario: readonly string[];
  /** Highest share of max that a sample saw, in the whole run and in the load phases. Above 1 where max was lowered meanwhile: entries stay. */
  peakShare: number | null;
  loadPeakShare: number | null;
  /** Highest count in the load phases, and how far that is above the count when they began. */
  loadPeak: number | null;
  growth: number | null;
  /** Distinct flows that the sent queries can have opened. */
  flows: number;
  books: Books;
  kernelCount: KernelCount;
  sndbufErrors: number | null;
  /** Datagrams lost in full receive buffers of this namespace over the load: answers, or queries to a resolver here. */
  rcvbufErrors: number | null;
  /** Servers of the lab that died, in words. */
  deaths: readonly string[];
  /** Lines of the kernel log that say "table full". */
  tableFullLines: number;
  /** Of a record of `tablefull watch`, where nothing was sent; null of a run. */
  watch: Summary["watch"];
}

/** Draws the evidence of a run from its timeline. */
export function gatherEvidence(timeline: Timeline, run: RunRecord, plan: PlanView | null): Evidence {
  const loads = loadsOf(timeline);
  const finished = run.state === "finished";
  const sends = sumSends(timeline, plan, finished);
  const failedSends = sumOf(sends.failed);
  const buckets = bucketsOf(run, plan);
  const { samples } = timeline;
  const max = lastKnown(samples.max) ?? plan?.table.max ?? null;
  const peak = highest(samples, 0, samples.length);
  let loadPeak: number | null = null;
  let loadPeakShare: number | null = null;
  let growth: number | null = null;
  let flows = 0;
  for (const load of loads) {
    const endNs = endOf(load, timeline.endNs);
    const start = countAt(samples, load.startNs);
    const [first, after] = [firstAtOrAfter(samples, load.startNs), firstAtOrAfter(samples, endNs) + 1];
    const top = highest(samples, first, after);
    loadPeakShare = greater(loadPeakShare, highestShare(samples, first, after));
    flows += Math.min(load.sent, plan?.phases[load.phase]?.flowSpace ?? load.sent);
    if (top === null || start === null) continue;
    loadPeak = greater(loadPeak, top);
    growth = greater(growth, top - start);
  }
  const attribution = attribute(timeline);
  const ruleset = timeline.ruleset ?? run.environment.ruleset;
  return {
    sends,
    failedSends,
    epermShare: sends.attempted === 0 ? 0 : attribution.eperm / sends.attempted,
    onset: findOnset(timeline, plan?.phases ?? []),
    attribution,
    correlation: correlate(timeline),
    router: observeRouter(timeline),
    lab: plan?.scenario.lab ?? null,
    tunings: plan?.scenario.tunings ?? [],
    ruleset,
    model: checkModel({ timeline, planned: plan?.phases ?? [], buckets }),
    table: { max, buckets, peak, filler: fillerOf(timeline.compositions), inserted: insertedEntries(timeline) },
    setByScenario: (["max", "buckets"] as const).flatMap((key) => (plan === null || plan.scenario.table[key] === null ? [] : [`table.${key}`])),
    peakShare: highestShare(samples, 0, samples.length),
    loadPeakShare,
    loadPeak,
    growth,
    flows,
    books: checkBooks(loads, { finished }),
    kernelCount: compareKernelCount({ loads, records: timeline.sentCounter, plan, ruleset }),
    sndbufErrors: loadChange(timeline, "sndbufErrors"),
    rcvbufErrors: loadChange(timeline, "rcvbufErrors"),
    deaths: deaths(timeline),
    tableFullLines: timeline.kernelLog.tableFull,
    watch: watchedOf(run, timeline),
  };
}

/** The sum over errnos or rcodes. */
function sumOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function sumSends(timeline: Timeline, plan: PlanView | null, finished: boolean): Summary["sends"] {
  const lateSeen = plan === null ? null : !loadsOf(timeline).some(({ phase }) => plan.phases[phase]?.strategy?.endsWith("per-query"));
  const sends: Summary["sends"] = { attempted: 0, sent: 0, answered: 0, unanswered: 0, late: 0, open: 0, lateSeen, stray: 0, strays: {}, outcomes: {}, icmp: {}, retries: 0, recovered: 0, gaveUp: 0, failed: {} };
  for (const load of loadsOf(timeline)) {
    sends.attempted += load.attempted;
    sends.sent += load.sent;
    sends.answered += load.answered;
    sends.unanswered += load.unanswered;
    sends.late += load.late;
    if (!finished) sends.open += load.outstanding;
    sends.stray += load.stray;
    sends.retries += load.retries;
    sends.recovered += load.recovered;
    sends.gaveUp += load.gaveUp;
    addCounts(sends.failed, load.failed);
    addCounts(sends.strays, load.strays);
    addCounts(sends.outcomes, load.answers);
    if (load.icmp === null || sends.icmp === null) sends.icmp = null;
    else addCounts(sends.icmp, load.icmp);
  }
  return sends;
}

function highest({ count, length }: SampleSeries, from: number, to: number): number | null {
  let top: number | null = null;
  for (let index = from; index < Math.min(to, length); index += 1) {
    const value = known(count, index);
    if (value !== null) top = greater(top, value);
  }
  return top;
}

function highestShare({ count, max, length }: SampleSeries, from: number, to: number): number | null {
  let top: number | null = null;
  for (let index = from; index < Math.min(to, length); index += 1) {
    const [entries, limit] = [known(count, index), known(max, index)];
    if (entries !== null && limit !== null && limit > 0) top = greater(top, entries / limit);
  }
  return top;
}

function greater(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function lastKnown(array: Float64Array): number | null {
  for (let index = array.length - 1; index >= 0; index -= 1) {
    const value = known(array, index);
    if (value !== null) return value;
  }
  return null;
}
