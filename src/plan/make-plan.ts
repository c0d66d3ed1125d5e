import { UserError } from "../errors.ts";
import type { LoadedScenario } from "../scenario/load.ts";
import { tuneScenario } from "../tuning/tune-scenario.ts";
import { FIRST_FILL_PORT, FIRST_SWEEP_PORT } from "./lab-addresses.ts";
import { overrideProblems, withOverrides } from "./overrides.ts";
import type { Overrides } from "./overrides.ts";
import { planFill } from "./plan-fill.ts";
import { planLoad } from "./plan-load.ts";
import { planTarget } from "./plan-target.ts";
import { planTable, tableChanges } from "./plan-table.ts";
import type { Machine, Plan, PlannedPhase } from "./plan.ts";
import { problemsOf } from "./planning.ts";
import type { Planning } from "./planning.ts";

/**
 * The scenario made concrete for this machine.
 * @throws UserError with one line for each thing that stands in the way, so that all can be mended at once
 */
export function makePlan(loaded: LoadedScenario, machine: Machine, overrides: Overrides = {}): Plan {
  // What follows from a flag out of range would name lines that nobody wrote so.
  const outOfRange = overrideProblems(overrides);
  if (outOfRange.length > 0) throw new UserError(outOfRange.join("\n"));
  const problems = problemsOf(loaded, overrides);
  const tuned = tuneScenario(withOverrides(loaded.scenario, overrides));
  tuned.problems.forEach(({ index, message }) => problems.at(["tunings", index], message, "tunings"));
  const { scenario } = tuned;
  const planned = planTable({ scenario, machine, problems });
  if (planned === null) throw new UserError(problems.lines().join("\n"));

  const { untuned, table, hostValues } = planned;
  const planning: Planning = { scenario, machine, overrides, table, fillMax: untuned.max, problems };
  checkHost(planning);
  const target = planTarget(planning);
  const phases = planPhases(planning);
  const lines = problems.lines();
  if (lines.length > 0) throw new UserError(lines.join("\n"));
  const tunings = tuned.changes.map(({ name, changes }) => ({ name, changes: [...changes, ...tableChanges(name, untuned, table)] }));
  return { scenario, table, hostValues, tunings, target, libc: machine.libc, phases };
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
