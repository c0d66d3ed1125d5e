import { portCount } from "../plan/addresses.ts";
import { shareOf, splitByShares } from "../plan/flows.ts";
import { TCP_SINK_PORT } from "../plan/lab-addresses.ts";
import type { Endpoint, PlannedFill, PlannedLoad, PortRange } from "../plan/plan.ts";
import type { FillJob, InsertionJob, LoadJob } from "./protocol.ts";

/** One job per thread. Counts, sockets, a sweep's ports and the bound on outstanding queries are split exactly. */
export function loadJobs(load: PlannedLoad, { phase, target }: { phase: number; target: Endpoint }): LoadJob[] {
  return Array.from({ length: load.threads }, (_, thread) => {
    const share = (total: number): number => shareOf(total, thread, load.threads).count;
    return {
      ...load,
      phase,
      thread,
      target,
      queries: load.queries === null ? null : share(load.queries),
      outstanding: share(load.outstanding),
      sockets: share(load.sockets),
      ports: load.strategy === "sweep" ? ownPorts(load, thread) : load.ports,
    };
  });
}

/** A sweep binds a socket to each port, so no two threads may have the same. */
function ownPorts({ ports, threads }: PlannedLoad, thread: number): PortRange {
  const own = shareOf(portCount(ports), thread, threads);
  const first = ports.first + own.first;
  return { first, last: first + own.count - 1 };
}

/**
 * The fill's job: as many flows as the table lacks. Those of TCP have a server of their own.
 * @param namespace of the table that is to be filled, as a file that setns takes; null: the thread's own. Traffic needs no such hint.
 */
export function fillJob(
  fill: PlannedFill,
  { phase, target, present, namespace }: { phase: number; target: Endpoint; present: number; namespace: string | null },
): FillJob | InsertionJob {
  const flows = Math.max(0, fill.entries - present);
  if (fill.by === "traffic") {
    const { entries: _entries, threads: _threads, ...rest } = fill;
    return { ...rest, phase, target: fill.state === "time-wait" ? { ...target, port: TCP_SINK_PORT } : target, flows };
  }
  const { kind, by, groups, sources, ports } = fill;
  const counts = splitByShares(flows, groups.map(({ share }) => share));
  return { kind, by, phase, namespace, sources, ports, groups: groups.map((group, i) => ({ ...group, entries: counts[i] ?? 0 })) };
}
