import { makePlan } from "../plan/make-plan.ts";
import { predict } from "../plan/prediction.ts";
import { renderPlan } from "../report/plan.ts";
import { loadScenario } from "../scenario/load.ts";
import { type LoadArguments, overridesOf } from "./load-flags.ts";
import { readMachineAsItIs } from "./machine.ts";

/** `tablefull check SCENARIO`: everything `run` would refuse is refused here too, and nothing is started. */
export function checkCommand(flags: LoadArguments & { scenario: string }): void {
  const loaded = loadScenario(flags.scenario);
  const machine = readMachineAsItIs((line) => process.stderr.write(`${line}\n`));
  const plan = makePlan(loaded, machine, overridesOf(flags));
  process.stdout.write(`${renderPlan(plan, predict(plan))}\n`);
}
