import type { Histogram } from "hdr-histogram-js";
import { NS_PER_MS } from "../clock.ts";
import { gatherEvidence } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";
import type { Facts } from "../store/facts.ts";
import { findDoubts } from "./findings.ts";
import { LatencyFold } from "./latency.ts";
import { cpuPerQuery, loadRates } from "./load-rates.ts";
import { pacingOf } from "./pacing.ts";
import { planView } from "./plan-view.ts";
import { summarySchema } from "./summary.ts";
import type { Summary } from "./summary.ts";
import { evaluateThresholds } from "./thresholds/evaluate.ts";
import { TimelineFold } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { judge } from "./verdict.ts";

/**
 * Derives the answer of a run from its facts: `summarize(openRun(dir))`. Reads every fact once and keeps none.
 * The summary is checked against its schema; a mismatch is a bug and throws. `overlaid`: the run is to be laid over others.
 */
export function summarize(facts: Facts, { overlaid = false }: { overlaid?: boolean } = {}): { summary: Summary; timeline: Timeline; latency: Histogram; uncorrected: Histogram | null } {
  const { run } = facts;
  const plan = planView(run);
  const fold = new TimelineFold(plan?.phases.map(({ kind }) => kind) ?? [], { overlaid });
  const latency = new LatencyFold();
  const readings = [
    facts.events((record) => fold.addEvent(record)),
    facts.kernel((record) => fold.addKernel(record)),
    facts.router((record) => fold.addRouter(record)),
    facts.senders((record) => fold.addSender(record)),
    facts.latencies((histogram) => latency.add(histogram)),
  ];
  const timeline = fold.finish();
  latency.complete(timeline.bins.flatMap(({ latenciesUs }) => latenciesUs ?? []));
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
