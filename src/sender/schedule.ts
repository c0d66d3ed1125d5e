import { NS_PER_MS } from "../clock.ts";
import { constantRate, type Pacer, unlimited } from "./pacing.ts";
import type { LoadJob } from "./protocol.ts";

/** When a thread's load is due, how much of it there is, and when it must end. All times are since its start. */
export interface Schedule {
  pacer: Pacer;
  /** Queries this thread may attempt at most: its share of a count, or all that are due within the duration. */
  limit: number;
  endNs: number;
  /** Until when what was due in time may still go: a nap or a busy CPU must not lose the last queries of a rate. */
  lastSendNs: number;
}

const GRACE_NS = 50e6;

export function scheduleOf(job: Pick<LoadJob, "ratePps" | "durationMs" | "queries" | "thread" | "threads">): Schedule {
  const { ratePps, thread, threads } = job;
  const pacer = ratePps === null ? unlimited : constantRate({ ratePps, thread, threads });
  const endNs = job.durationMs === null ? Number.POSITIVE_INFINITY : job.durationMs * NS_PER_MS;
  // A query due at the very end of the duration is outside it.
  const dueInTime = Number.isFinite(endNs) ? pacer.dueBy(endNs - 1) : Number.POSITIVE_INFINITY;
  return { pacer, limit: Math.min(job.queries ?? Number.POSITIVE_INFINITY, dueInTime), endNs, lastSendNs: pacer === unlimited ? endNs : endNs + GRACE_NS };
}

/** Queries due `elapsedNs` after the start and not yet attempted; 0 where there is no schedule to be behind of. */
export function behindBy({ pacer, limit }: Pick<Schedule, "pacer" | "limit">, elapsedNs: number, attempted: number): number {
  const due = Math.min(pacer.dueBy(elapsedNs), limit);
  return Number.isFinite(due) && pacer !== unlimited ? Math.max(0, due - attempted) : 0;
}
