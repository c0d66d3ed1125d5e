import { type RunningServer, startResolver, startTcpSink } from "../lab/resolvers/resolver.ts";
import { buildLab, type Lab, loadRules } from "../lab/topology.ts";
import { TCP_SINK_PORT } from "../plan/lab-addresses.ts";
import type { Plan, PlannedPhase } from "../plan/plan.ts";
import { overTcp } from "../scenario/scenario.ts";

/** A lab that is built, and its servers, which may still be starting: rejects with a UserError when one does not. */
export interface RaisedLab {
  lab: Lab;
  servers: Promise<RunningServer[]>;
}

/** Builds a run's lab around this process and starts its servers, which take longer than the rules. Throws UserError when it cannot be built. */
export function raiseLab(plan: Plan): RaisedLab {
  const lab = buildLab(plan.scenario.lab);
  const servers = Promise.all(startServers(plan, lab));
  // Whoever waits for them is told; until then nobody does.
  servers.catch(() => {});
  loadRules(plan.scenario.lab);
  return { lab, servers };
}

function startServers({ target: at, scenario, phases }: Plan, { resolverPrefix: prefix }: Lab): Promise<RunningServer>[] {
  const { resolver: kind, topology } = scenario.lab;
  if (topology === "host") return [];
  const resolver = startResolver({ kind, at, prefix, overTcp: phases.some(mayAskOverTcp) });
  const closesTcp = phases.some((phase) => phase.kind === "fill" && phase.by === "traffic" && phase.state === "time-wait");
  return closesTcp ? [resolver, startTcpSink({ at: { ...at, port: TCP_SINK_PORT }, prefix })] : [resolver];
}

/** What a program of the scenario's own asks is not known. */
function mayAskOverTcp(phase: PlannedPhase): boolean {
  return phase.kind === "exec" || (phase.kind === "load" && overTcp(phase.strategy));
}
