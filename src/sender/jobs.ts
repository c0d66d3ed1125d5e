import { portCount } from "../plan/addresses.ts";
import { shareOf, splitByShares } from "../plan/flows.ts";
import { TCP_SINK_PORT } from "../plan/lab-addresses.ts";
import type { Endpoint, PlannedFill, PlannedLoad, PortRange } from "../plan/plan.ts";
import { answerTemplate, queryTemplate } from "../wire/query-template.ts";
import type { FillJob, InsertionJob, LoadJob } from "./protocol.ts";

/** Any name that the resolver answers. */
const FILL_QUERY = { name: "fill.test", type: "A" } as const;

/** One job per thread. Counts, sockets, a sweep's ports and the bound on outstanding queries are split exactly. */
export function loadJobs({ query, ...load }: PlannedLoad, { phase, target }: { phase: number; target: Endpoint }): LoadJob[] {
  const template = queryTemplate(query);
  return Array.from({ length: load.threads }, (_, thread) => {
    const share = (total: number): number => shareOf(total, thread, load.threads).count;
    return {
      ...load,
      phase,
      thread,
      target,
      template,
      queries: load.queries === null ? null : share(load.queries),
      outstanding: share(load.outstanding),
      sockets: share(load.sockets),
      ports: load.strategy === "sweep" ? portsOf(load.ports, shareOf(portCount(load.ports), thread, load.threads)) : load.ports,
    };
  });
}

/** Whoever sends from a port binds a socket to it, so no two threads may have the same. */
function portsOf({ first }: PortRange, own: { first: number; count: number }): PortRange {
  return { first: first + own.first, last: first + own.first + own.count - 1 };
}

/**
 * As many flows as the table lacks, split by ports, as each thread binds sockets of its own; one that
 * would have none gets no job. An insertion is one job. Flows of TCP have a server of their own.
 * @param namespace of the table that is to be filled, as a file that setns takes; null: the thread's own. Traffic needs no such hint.
 */
export function fillJobs(
  fill: PlannedFill,
  { phase, target, present, namespace }: { phase: number; target: Endpoint; present: number; namespace: string | null },
): (FillJob | InsertionJob)[] {
  const lacking = Math.max(0, fill.entries - present);
  if (fill.by === "insertion") {
    const { kind, by, groups, sources, ports } = fill;
    const counts = splitByShares(lacking, groups.map(({ share }) => share));
    return [{ kind, by, phase, namespace, sources, ports, groups: groups.map((group, i) => ({ ...group, entries: counts[i] ?? 0 })) }];
  }
  const { entries: _entries, answersItself, ...rest } = fill;
  const ports = Math.max(1, Math.ceil(lacking / fill.sources.size));
  const threads = Math.min(fill.threads, ports);
  const answer = answersItself ? answerTemplate(FILL_QUERY) : null;
  const whole = { ...rest, threads, phase, template: queryTemplate(FILL_QUERY), answer, target: fill.state === "time-wait" ? { ...target, port: TCP_SINK_PORT } : target };
  return Array.from({ length: threads }, (_, thread): FillJob => {
    const own = shareOf(ports, thread, threads);
    const flows = Math.min(lacking - own.first * fill.sources.size, own.count * fill.sources.size);
    return { ...whole, ports: portsOf(fill.ports, own), flows };
  });
}
