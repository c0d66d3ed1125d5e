import { makePlan } from "../plan/make-plan.ts";
import { predict } from "../plan/prediction.ts";
import { renderPlan } from "../report/plan.ts";
import { loadScenario } from "../scenario/load.ts";
import { defineCommand } from "./command.ts";
import { SCENARIO } from "./flags.ts";
import { type LoadArguments, loadFlags, overridesOf } from "./load-flags.ts";
import { readMachineAsItIs } from "./machine.ts";

export const CHECK_COMMAND = defineCommand<LoadArguments & { scenario: string }>({
  positionals: { scenario: SCENARIO },
  options: loadFlags(),
  examples: [
    { words: "check my.yaml", about: "what is wrong with it, by line and column; else what would happen" },
    { words: "check scenarios/kernel-defaults.yaml --rate 20k/s --tuning notrack", about: "the same with another rate, and with a remedy" },
  ],
  carryOut: checkCommand,
});

/** `tablefull check SCENARIO`: everything `run` would refuse is refused here too, and nothing is started. */
export function checkCommand(flags: LoadArguments & { scenario: string }): void {
  const loaded = loadScenario(flags.scenario);
  const machine = readMachineAsItIs((line) => process.stderr.write(`${line}\n`));
  const plan = makePlan(loaded, machine, overridesOf(flags));
  process.stdout.write(`${renderPlan(plan, predict(plan))}\n`);
}
