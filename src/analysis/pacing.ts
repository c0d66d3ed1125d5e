import { NS_PER_MS, NS_PER_S } from "../clock.ts";
import type { LatencyFold } from "./latency.ts";
import { firstAttemptNs } from "./load-rates.ts";
import { endOf } from "./phases.ts";
import type { PhaseTotals } from "./phases.ts";
import type { PlanView, PlannedPhaseView } from "./plan-view.ts";
import type { Summary } from "./summary.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { percent, tally } from "./words.ts";

/** Dropped queries from here on are a doubt; from there on the rate was not reached. */
const NOTABLE = 0.01;
const MOST_DROPPED = 0.05;
/** Half a tick: sends that come later are told, and set against the table, at another time than they were meant for. */
const LATE_MS = 50;

/** Planned against achieved, over the loads that have a rate; null where none has, and in runs of before. */
export function pacingOf(timeline: Timeline, plan: PlanView | null, latency: LatencyFold): Summary["pacing"] {
  let planned = 0;
  let attempted = 0;
  let dropped = 0;
  let seconds = 0;
  for (const load of loadsOf(timeline)) {
    if (load.planned === null) continue;
    planned += load.planned;
    attempted += load.attempted - load.retries;
    dropped += load.dropped;
    seconds += spanNs(load, plan?.phases[load.phase], timeline.endNs) / NS_PER_S;
  }
  if (planned === 0) return null;
  const perSecond = (queries: number): number | null => (seconds > 0 ? queries / seconds : null);
  return { planned, attempted, dropped, plannedPps: perSecond(planned), achievedPps: perSecond(attempted), lateness: latency.lateness() };
}

/** How long a load was to send: its duration, or where a count ended it from the first attempt to the last. */
function spanNs(load: PhaseTotals, planned: PlannedPhaseView | undefined, runEndNs: number): number {
  const first = firstAttemptNs(load);
  const sendingNs = Math.max(0, (load.lastAttemptNs ?? first) - first);
  if (planned?.durationMs == null) return sendingNs;
  const durationNs = planned.durationMs * NS_PER_MS;
  return planned.queries == null ? Math.min(durationNs, Math.max(0, endOf(load, runEndNs) - first)) : Math.min(durationNs, sendingNs);
}

/** What a load with a rate leaves in doubt; null where it kept to its plan. */
export function paceDoubt(load: PhaseTotals, planned: PlannedPhaseView, latency: LatencyFold): { reached: boolean; text: string } | null {
  if (load.planned === null || load.planned === 0) return null;
  const share = load.dropped / load.planned;
  if (share > NOTABLE) {
    const behind = planned.catchUpMs === undefined ? "" : `, more than ${planned.catchUpMs} ms behind`;
    return { reached: share <= MOST_DROPPED, text: `${tally(load.dropped)} of ${tally(load.planned)} planned queries were dropped (${percent(share)})${behind}${heldBack(load, planned)}` };
  }
  const lateness = latency.lateness(load.phase);
  if (lateness === null || lateness.p99 <= LATE_MS) return null;
  return { reached: true, text: `queries went out late: one in a hundred by ${tally(lateness.p99)} ms or more, at most ${tally(lateness.max)} ms` };
}

function heldBack({ peakOutstanding }: PhaseTotals, { outstanding }: PlannedPhaseView): string {
  if (outstanding === undefined || peakOutstanding < outstanding) return "";
  return `: as many as may be outstanding (${tally(outstanding)}) awaited their answers`;
}
