import { EXIT, UserError } from "../errors.ts";
import { makePlan } from "../plan/make-plan.ts";
import { superviseRun } from "../run/supervise.ts";
import { loadScenario } from "../scenario/load.ts";
import { summarizeStored } from "../run/summarize-stored.ts";
import { type LoadArguments, overridesOf } from "./load-flags.ts";
import { printReport } from "./report.ts";
import { describeRestored, readMachineAsItIs } from "./machine.ts";
import { type LeftBehind, stopOnSignals } from "./stop-signals.ts";
import { progressLine } from "./terminal.ts";

export interface RunArguments extends LoadArguments {
  scenario: string;
  results: string;
  json: boolean;
  quiet: boolean;
}

/** `tablefull run SCENARIO`: carries it out and reports. Gives the exit code. */
export async function runCommand(flags: RunArguments, version: string): Promise<number> {
  const loaded = loadScenario(flags.scenario);
  const progress = progressLine({ quiet: flags.quiet });
  const plan = makePlan(loaded, readMachineAsItIs(progress.say), overridesOf(flags));
  const { target, scenario } = plan;
  const allowTarget = flags["allow-target"];
  if (allowTarget !== undefined && scenario.lab.topology !== "host") {
    throw new UserError(`--allow-target: topology ${scenario.lab.topology} sends inside the lab only; leave the flag out, or write lab: { topology: host } in the scenario`);
  }
  if (allowTarget !== undefined) {
    progress.say(`sending to ${target.address}:${target.port}, outside this program's labs, as --allow-target ${allowTarget} permits`);
  }
  const left: LeftBehind = { directory: null, hostValues: scenario.table.max !== null || scenario.table.buckets !== null };
  const stop = stopOnSignals(left);
  try {
    const end = await superviseRun(
      { plan, scenario: { file: loaded.file, text: loaded.text }, results: flags.results, version },
      {
        signal: stop,
        events: {
          onStored: (directory) => {
            left.directory = directory;
            progress.say(`storing the run in ${directory}`);
          },
          onProgress: (now) => progress.show(now),
          onRestored: (restored) => restored.forEach((value) => progress.say(describeRestored(value, "this run"))),
        },
      },
    );
    progress.end();
    const report = summarizeStored(end.directory, { keep: true });
    printReport(report, { json: flags.json });
    if (end.state === "interrupted") return EXIT.interrupted;
    return report.summary.expectation.met === false ? EXIT.expectationFailed : EXIT.ok;
  } finally {
    // An error must not be glued to the progress line.
    progress.end();
  }
}
