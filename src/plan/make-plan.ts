import { UserError } from "../errors.ts";
import type { LoadedScenario } from "../scenario/load.ts";
import { FIRST_FILL_PORT, FIRST_SWEEP_PORT } from "./lab-addresses.ts";
import { overrideProblems, withOverrides } from "./overrides.ts";
import type { Overrides } from "./overrides.ts";
import { planFill } from "./plan-fill.ts";
import { planLoad } from "./plan-load.ts";
import { planTarget } from "./plan-target.ts";
import type { Machine, Plan, PlannedPhase } from "./plan.ts";
import { problemsOf } from "./planning.ts";
import type { Planning } from "./planning.ts";

/**
 * The scenario made concrete for this machine.
 * @throws UserError with one line for each thing that stands in the way, so that all can be mended at once
 */
export function makePlan(loaded: LoadedScenario, machine: Machine, overrides: Overrides = {}): Plan {
  const problems = problemsOf(loaded, overrides);
  overrideProblems(overrides).forEach(problems.add);
  const scenario = withOverrides(loaded.scenario, overrides);
  const table = planTable({ scenario, machine, problems });
  if (table === null) throw new UserError(problems.lines().join("\n"));

  const planning: Planning = { scenario, machine, overrides, table, problems };
  checkHost(planning);
  const target = planTarget(planning);
  const phases = planPhases(planning);
  const lines = problems.lines();
  if (lines.length > 0) throw new UserError(lines.join("\n"));
  return { scenario, table, target, phases };
}

/** Topology `host` is this machine as it is: the lab's own additions have no place there. */
function checkHost({ scenario, problems }: Planning): void {
  if (scenario.lab.topology !== "host" || scenario.lab.ruleset === null) return;
  problems.at(["lab", "ruleset"], "is refused in topology host: it would change this machine's firewall; remove it, or write topology: loopback");
}

function planPhases(planning: Planning): PlannedPhase[] {
  const planned: PlannedPhase[] = [];
  // No fill or sweep meets the tuples of one before it: it would find its entries there already.
  let fillPort = FIRST_FILL_PORT;
  let sweepPort = FIRST_SWEEP_PORT;
  planning.scenario.phases.forEach((phase, i) => {
    if (phase.kind === "fill") {
      const fill = planFill(phase, i, fillPort, planning);
      if (fill === null) return;
      fillPort = fill.ports.last + 1;
      sweepPort = Math.max(sweepPort, fillPort);
      planned.push(fill);
    } else if (phase.kind === "load") {
      const load = planLoad(phase, i, sweepPort, planning);
      if (load === null) return;
      if (load.strategy === "sweep") sweepPort = Math.max(sweepPort, load.ports.last + 1);
      planned.push(load);
    } else {
      planned.push(phase);
    }
  });
  return planned;
}

/** The table's size during the run; null when there is none to plan with. */
function planTable({ scenario, machine, problems }: Pick<Planning, "scenario" | "machine" | "problems">): Planning["table"] | null {
  const { topology } = scenario.lab;
  const wanted = scenario.table;
  for (const key of ["max", "buckets"] as const) {
    if (wanted[key] === null) continue;
    if (topology === "host") {
      problems.at(["table", key], "is refused in topology host: it would resize the table that this machine works with; remove it, or write topology: loopback");
    } else if (!machine.privileged) {
      problems.at(["table", key], "is one value for the whole host, and setting it needs root; run with sudo, or use scenarios/kernel-defaults.yaml, which needs no root and changes nothing on the host");
    }
  }
  const needed = 2 * (machine.hostEntries ?? 0);
  if (wanted.max !== null && wanted.max < needed) {
    problems.at(["table", "max"], `the host's own table holds ${machine.hostEntries} entries; write at least ${needed}, or use scenarios/kernel-defaults.yaml, which changes nothing on the host`);
  }
  if (machine.max === null || machine.buckets === null) {
    problems.add(topology === "host"
      ? "nf_conntrack is not loaded, so this machine has no table that could be full; nothing to observe (modprobe nf_conntrack, as root, would load it)"
      : "nf_conntrack is not loaded, so no lab can track connections; run, as root: modprobe nf_conntrack");
    return null;
  }
  const max = wanted.max ?? machine.max;
  if (max === 0) {
    problems.add("nf_conntrack_max is 0 on this machine, which means no limit: its table is never full; set one, as root: sysctl net.netfilter.nf_conntrack_max=262144");
    return null;
  }
  return { max, buckets: wanted.buckets ?? machine.buckets };
}
