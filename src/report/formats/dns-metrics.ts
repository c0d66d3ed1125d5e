import { mergeBins } from "../../analysis/bins.ts";
import { loadsOf } from "../../analysis/timeline.ts";
import type { ToldRun } from "../../analysis/told-run.ts";
import { NS_PER_S } from "../../clock.ts";

const SCHEMA_VERSION = 20221207;
const UNITS_PER_S = 1_000_000;

/**
 * The load as DNS-OARC's dns-metrics (github.com/DNS-OARC/dns-metrics): one JSON object a line, a header, statistics about every
 * second, and their sum. Times and latencies are microseconds, as `time_units_per_sec` says and as dnsperf writes them.
 */
export function renderDnsMetrics({ latency, run, summary, timeline }: ToldRun): string {
  const runid = run.id;
  const { bins, binNs } = timeline;
  const perPeriod = Math.max(1, Math.round(NS_PER_S / binNs));
  const at = (ns: number): number => Date.parse(run.startedAt) * 1000 + Math.round(ns / 1000);
  const header = {
    runid,
    type: "header",
    schema_version: SCHEMA_VERSION,
    generator: "tablefull",
    generator_version: run.environment.tablefull,
    time_units_per_sec: UNITS_PER_S,
    stats_interval: Math.round((perPeriod * binNs * UNITS_PER_S) / NS_PER_S),
  };
  const periods = Array.from({ length: Math.ceil(bins.length / perPeriod) }, (_, index) => {
    const first = index * perPeriod;
    const merged = mergeBins(bins.slice(first, first + perPeriod));
    const untilNs = Math.min((first + perPeriod) * binNs, Math.max(timeline.endNs, first * binNs));
    return {
      runid,
      type: "stats_periodic",
      since: at(first * binNs),
      until: at(untilNs),
      queries: merged.sent,
      responses: merged.answered,
      conn_info: { type: "udp", packets_sent: merged.sent, packets_received: merged.answered, socket_errors: merged.eperm + merged.otherFailed },
    };
  });
  const loads = loadsOf(timeline);
  const { sends } = summary;
  const rcodes: Record<string, number> = {};
  for (const { answers } of loads) for (const [rcode, count] of Object.entries(answers)) rcodes[rcode] = (rcodes[rcode] ?? 0) + count;
  const sum = {
    runid,
    type: "stats_sum",
    since: at(Math.min(timeline.endNs, ...loads.map(({ startNs }) => startNs))),
    until: at(Math.max(0, ...loads.map(({ endNs }) => endNs ?? timeline.endNs))),
    queries: sends.sent,
    responses: sends.answered,
    timeouts: sends.unanswered + sends.late,
    unexpected: sends.stray,
    response_rcodes: Object.fromEntries(Object.entries(rcodes).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(latency.totalCount === 0
      ? {}
      : {
          response_latency: {
            avg: Math.round(latency.mean),
            min: Math.round(latency.minNonZeroValue),
            max: Math.round(latency.maxValue),
            stddev: Math.round(latency.stdDeviation),
          },
        }),
    conn_info: {
      type: "udp",
      packets_sent: sends.sent,
      packets_received: sends.answered + sends.late + sends.stray,
      socket_errors: sends.attempted - sends.sent,
    },
  };
  return `${[header, ...periods, sum].map((object) => JSON.stringify(object)).join("\n")}\n`;
}
