import { type RunningServer, startResolver, startTcpSink } from "../lab/resolvers/resolver.ts";
import { buildLab, type Lab, loadRules } from "../lab/topology.ts";
import { TCP_SINK_PORT } from "../plan/lab-addresses.ts";
import { answersItself, type Plan, type PlannedPhase } from "../plan/plan.ts";
import { overTcp } from "../scenario/scenario.ts";
import { LabServers } from "./lab-servers.ts";

/** A lab that is built. */
export interface RaisedLab {
  lab: Lab;
  servers: LabServers;
}

/**
 * Builds a run's lab around this process. Its servers, which take longer to start than the rules to load, are started at once, unless
 * a fill comes first that needs none of them and all CPUs. Throws UserError when it cannot be built.
 */
export function raiseLab(plan: Plan): RaisedLab {
  const lab = buildLab(plan.scenario.lab);
  const servers = new LabServers(() => Promise.all(startServers(plan, lab)));
  if (!answersItself(plan.phases[0])) servers.begin();
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
