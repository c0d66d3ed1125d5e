import { NS_PER_S } from "../clock.ts";
import { TICK_NS } from "../store/format.ts";
import type { PhaseTotals } from "./phases.ts";
import type { Summary } from "./summary.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";

const NS_PER_US = 1000;

/** How long the loads sent and how fast: from the first attempt of each to its last, without the wait for the last answers. */
export function loadRates(timeline: Timeline): Summary["load"] {
  let durationNs = 0;
  let attempted = 0;
  let answered = 0;
  for (const load of loadsOf(timeline)) {
    if (load.lastAttemptNs === null) continue;
    durationNs += load.lastAttemptNs - firstAttemptNs(load);
    attempted += load.attempted;
    answered += load.answered;
  }
  if (durationNs <= 0) return { durationMs: null, attemptedPps: null, answeredPps: null };
  const seconds = durationNs / NS_PER_S;
  return { durationMs: seconds * 1000, attemptedPps: attempted / seconds, answeredPps: answered / seconds };
}

/** A phase begins with the opening of sockets; its first tick tells when it began to send, within a tick. */
export function firstAttemptNs({ startNs, ticks }: PhaseTotals): number {
  const firstTickNs = ticks.atNs.reduce((least, atNs) => Math.min(least, atNs), Number.POSITIVE_INFINITY);
  return Math.max(startNs, firstTickNs - TICK_NS);
}

/** CPU time of the loads for each attempted send; null where a load has none recorded. */
export function cpuPerQuery(timeline: Timeline): Summary["cpu"] {
  const loads = loadsOf(timeline).filter(({ attempted }) => attempted > 0);
  const attempted = loads.reduce((sum, load) => sum + load.attempted, 0);
  const records = loads.map((load) => timeline.loadCpu.find(({ phase }) => phase === load.phase));
  const perQuery = (partNs: (record: Timeline["loadCpu"][number]) => number | undefined): number | null => {
    let sum = 0;
    for (const record of records) {
      const part = record === undefined ? undefined : partNs(record);
      if (part === undefined) return null;
      sum += part;
    }
    return attempted === 0 ? null : sum / NS_PER_US / attempted;
  };
  return {
    kernelUsPerQuery: perQuery(({ senders }) => senders?.systemNs),
    programUsPerQuery: perQuery(({ senders }) => senders?.userNs),
    hostSoftirqUsPerQuery: perQuery(({ host }) => host?.softirqNs),
  };
}
