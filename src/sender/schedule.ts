import { NS_PER_MS } from "../clock.ts";
import { arrivalsOf } from "../plan/arrivals/rate.ts";
import { paceThread, type Pacer } from "./pacing.ts";
import type { LoadJob } from "./protocol.ts";

/** When a thread's queries are due, how many of them there are, and when it must end. All times are since its start. */
export interface Schedule {
  /** Null: as fast as the engine can. */
  pacer: Pacer | null;
  /** Queries planned at most: this thread's share of a count. Infinity where only the time ends the load. */
  limit: number;
  /** A query that is due then or later is not planned. */
  endNs: number;
  /** A query that is further behind than this is dropped. */
  catchUpNs: number;
}

export function scheduleOf(job: Pick<LoadJob, "ratePps" | "shape" | "durationMs" | "queries" | "catchUpMs" | "thread" | "threads">): Schedule {
  const { ratePps, shape, thread, threads } = job;
  return {
    pacer: ratePps === null ? null : paceThread(arrivalsOf({ ratePps, shape }), { thread, threads }),
    limit: job.queries ?? Number.POSITIVE_INFINITY,
    endNs: job.durationMs === null ? Number.POSITIVE_INFINITY : job.durationMs * NS_PER_MS,
    catchUpNs: job.catchUpMs * NS_PER_MS,
  };
}
