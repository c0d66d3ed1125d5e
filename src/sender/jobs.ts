import { shareOf } from "../plan/flows.ts";
import type { Endpoint, PlannedFill, PlannedLoad } from "../plan/plan.ts";
import type { FillJob, LoadJob } from "./protocol.ts";

/** One job per thread. Counts, sockets, flows and the bound on outstanding queries are split exactly. */
export function loadJobs(load: PlannedLoad, { phase, target }: { phase: number; target: Endpoint }): LoadJob[] {
  return Array.from({ length: load.threads }, (_, thread) => {
    const share = (total: number): number => shareOf(total, thread, load.threads).count;
    const flows = shareOf(load.flowSpace, thread, load.threads);
    return {
      ...load,
      phase,
      thread,
      target,
      queries: load.queries === null ? null : share(load.queries),
      outstanding: share(load.outstanding),
      sockets: share(load.sockets),
      firstFlow: flows.first,
      flows: flows.count,
    };
  });
}

/** The fill's job: as many flows as the table lacks. */
export function fillJob(fill: PlannedFill, { phase, target, present }: { phase: number; target: Endpoint; present: number }): FillJob {
  const { entries, threads: _threads, ...rest } = fill;
  return { ...rest, phase, target, flows: Math.max(0, entries - present) };
}
