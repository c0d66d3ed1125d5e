import type { Histogram } from "hdr-histogram-js";
import { NS_PER_MS } from "../clock.ts";
import { addAnswers, type LatencyCounts } from "./bins.ts";
import { gatherEvidence } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";
import type { Facts, Reading } from "../store/facts.ts";
import type { RunRecord } from "../store/records.ts";
import { findDoubts } from "./findings.ts";
import { LatencyFold } from "./latency.ts";
import { cpuPerQuery, loadRates } from "./load-rates.ts";
import { readKernel, type ReadKernel } from "./kernel-fold.ts";
import { pacingOf } from "./pacing.ts";
import { planView } from "./plan-view.ts";
import { summarySchema } from "./summary.ts";
import type { Summary } from "./summary.ts";
import { evaluateThresholds } from "./thresholds/evaluate.ts";
import { TimelineFold } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { judge } from "./verdict.ts";

/** What a run's facts came to. */
interface Derived {
  summary: Summary;
  timeline: Timeline;
  latency: Histogram;
  uncorrected: Histogram | null;
}

/** What is wanted of a run beside its summary. */
export interface Wanted {
  /** What lays it over others; false by default. */
  overlaid?: boolean;
  /** Latencies over time, in its bins, for a page; true by default. They take as long as all the rest. */
  latencies?: boolean;
}

/**
 * Derives the answer of a run from its facts: `summarize(openRun(dir))`. Keeps none of them, and reads few of them twice: the events, and the
 * ticks of a run that ended before its histograms were stored.
 * The summary is checked against its schema; a mismatch is a bug and throws.
 */
export function summarize(facts: Facts, wanted: Wanted = {}): Derived {
  return summarizeBesideKernel(facts, wanted)(readKernel(facts));
}

/** Reads all facts but the client's kernel records, so that another thread may read those meanwhile; then takes them. */
export function summarizeBesideKernel(facts: Facts, { overlaid = false, latencies = true }: Wanted): (kernel: ReadKernel) => Derived {
  const plan = planView(facts.run);
  const fold = new TimelineFold(plan?.phases.map(({ kind }) => kind) ?? [], { overlaid });
  const latency = new LatencyFold();
  const events = facts.events((record) => fold.addEvent(record));
  const others = [
    facts.router((record) => fold.addRouter(record)),
    facts.senders((record) => fold.addSender(record), { latencies }),
    facts.latencies((histogram) => latency.add(histogram)),
  ];
  return ({ part, reading }) => {
    const timeline = fold.finish(part);
    if (latencies) latency.complete(timeline.bins.flatMap(({ latenciesUs }) => latenciesUs ?? []));
    else if (timeline.phases.reduce((sum, { answered }) => sum + answered, 0) > latency.merged.totalCount) latency.complete([latenciesOf(facts)]);
    return derive(facts.run, { plan, timeline, latency, readings: [events, reading, ...others] });
  };
}

/** The latencies of all ticks together. */
function latenciesOf({ senders }: Facts): LatencyCounts {
  const sums: LatencyCounts = new Map();
  senders((record) => {
    if (record.type === "tick") record.latenciesUs?.forEach((answers, bucket) => addAnswers(sums, bucket, answers));
  });
  return sums;
}

function derive(run: RunRecord, { plan, timeline, latency, readings }: { plan: ReturnType<typeof planView>; timeline: Timeline; latency: LatencyFold; readings: Reading[] }): Derived {
  const evidence = gatherEvidence(timeline, run, plan);
  const verdict = judge(evidence, findDoubts({ run, plan, timeline, evidence, readings, latency }));
  const load = loadRates(timeline);
  const onset = onsetInMs(evidence);
  const { attribution, peakShare, sends } = evidence;
  const pacing = pacingOf(timeline, plan, latency);
  const latencyMs = latency.valueMs.bind(latency);
  const summary = summarySchema.parse({
    schemaVersion: 1,
    run: {
      id: run.id,
      scenario: plan?.scenario.name ?? run.scenarioFile ?? (run.watched === undefined ? run.id : "watch"),
      state: run.state,
      startedAt: run.startedAt,
      durationMs: run.endedAtNs === null ? null : run.endedAtNs / NS_PER_MS,
      kernel: run.environment.kernel,
    },
    verdict,
    tunings: timeline.tunings.map(({ tuning, changes, effect }) => ({ name: tuning, changes, effect })),
    expectation: { expected: run.expect, met: run.expect === null ? null : run.expect === verdict.cause && !verdict.doubtful },
    thresholds: evaluateThresholds(plan?.scenario.thresholds ?? [], { sends, load, onset, attribution, peakShare, pacing, latencyMs }),
    sends,
    load,
    cpu: cpuPerQuery(timeline),
    books: booksOf(evidence),
    onset,
    attribution,
    correlation: evidence.correlation,
    router: evidence.router,
    watch: evidence.watch,
    model: evidence.model,
    table: evidence.table,
    pacing,
    latency: latency.finish(),
    latencySource: latency.source,
    uncorrectedLatency: latency.uncorrected(),
  } satisfies Summary);
  return { summary, timeline, latency: latency.merged, uncorrected: latency.uncorrectedMerged };
}

function booksOf({ books, kernelCount: { faults, packets, why } }: Evidence): Summary["books"] {
  return {
    balanced: books.faults.length === 0,
    ledgers: books.ledgers,
    kernelPackets: packets,
    kernelAgrees: packets === null ? null : faults.length === 0,
    kernelUnknown: why,
  };
}

function onsetInMs({ onset }: Evidence): Summary["onset"] {
  if (onset === null) return null;
  const { atNs, sinceLoadNs, count, max, share, leadNs, flowsOpened } = onset;
  return {
    atMs: atNs / NS_PER_MS,
    sinceLoadMs: sinceLoadNs / NS_PER_MS,
    count,
    max,
    share,
    flowsOpened,
    leadMs: leadNs === null ? null : leadNs / NS_PER_MS,
  };
}
