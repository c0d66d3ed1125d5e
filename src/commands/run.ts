import { EXIT, UserError } from "../errors.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Machine } from "../plan/plan.ts";
import { suiteNotRun, suiteOfRun } from "../report/junit-cases.ts";
import { type RunEnd, superviseRun } from "../run/supervise.ts";
import { type LoadedScenario, loadScenario } from "../scenario/load.ts";
import type { Baseline } from "./baseline.ts";
import { checkJunitFile, isMachineLack, writeJunit } from "./junit.ts";
import { type Context, defineCommand, EXIT_MEANINGS } from "./command.ts";
import { jsonFlag, NOISE, QUIET, RESULTS, SCENARIO } from "./flags.ts";
import { type LoadArguments, loadFlags, overridesOf } from "./load-flags.ts";
import { describeRestored, readMachineAsItIs } from "./machine.ts";
import { type ProgressDisplay, runProgress } from "./progress.ts";
import { type LeftBehind, stopOnSignals } from "./stop-signals.ts";

export interface RunArguments extends LoadArguments {
  scenario: string;
  results: string;
  json: boolean;
  quiet: boolean;
  junit?: string | undefined;
  baseline?: string | undefined;
  noise?: string | undefined;
  "keep-as-reference": boolean;
}

const BASELINE_NOISE = "5%";

export const RUN_COMMAND = defineCommand<RunArguments>({
  positionals: { scenario: SCENARIO },
  options: {
    ...loadFlags(),
    Result: {
      results: RESULTS,
      json: jsonFlag("the summary"),
      junit: { type: "string", describe: "file for a JUnit report: the verdict, each threshold and the baseline as test cases" },
      quiet: QUIET,
    },
    "A kept run": {
      baseline: { type: "string", describe: "directory of a kept run to hold this one against, by counts and shares" },
      noise: { ...NOISE, describe: `${NOISE.describe} (default ${BASELINE_NOISE})` },
      "keep-as-reference": { type: "boolean", default: false, describe: "keep this run's summary in reference/SCENARIO below --results" },
    },
  },
  examples: [
    { words: "run scenarios/kernel-defaults.yaml", about: "reproduce the failure; no root, nothing changed on the host" },
    { words: "run scenarios/kernel-defaults.yaml --tuning notrack", about: "does this remedy help?" },
    { words: "run scenarios/naive-blast.yaml --json --quiet | jq .attribution", about: "numbers for a script" },
    { words: "run scenarios/kernel-defaults.yaml --baseline results/reference/kernel-defaults --junit junit.xml", about: "in CI: exit code 99 where it is worse than a kept run" },
  ],
  exitCodes: { ...EXIT_MEANINGS, [EXIT.userMistake]: `${EXIT_MEANINGS[EXIT.userMistake]}, also where --junit says skipped (in CI: ... || test $? -eq 1)` },
  carryOut: runCommand,
});

/** `tablefull run SCENARIO`: carries it out and reports. Gives the exit code. */
async function runCommand(flags: RunArguments, { version, lab }: Context): Promise<number> {
  const loaded = loadScenario(flags.scenario);
  const { junit } = flags;
  if (junit !== undefined) checkJunitFile(junit);
  if (flags.noise !== undefined && flags.baseline === undefined) throw new UserError("--noise: is the noise of a comparison, and there is none; add --baseline DIR, or leave it out");
  const baseline = flags.baseline === undefined ? null : (await import("./baseline.ts")).readBaseline(flags.baseline, flags.noise ?? BASELINE_NOISE);
  const { name, lab: { topology } } = loaded.scenario;
  const progress = runProgress({ quiet: flags.quiet, scenario: name, router: topology === "gateway" });
  const machine = readMachineAsItIs(progress.say);
  const startedAt = new Date();
  try {
    const end = await carryOut({ flags, loaded, machine, baseline, progress, version, lab });
    // What tells of a run is loaded when there is something to tell: it would keep the start waiting.
    const { tellRun } = await import("./tell-run.ts");
    const { code, regression, report } = tellRun(end, { ...flags, baseline, onSummarized: () => progress.end() });
    if (junit !== undefined) writeJunit(junit, suiteOfRun(report, regression));
    return code;
  } catch (error) {
    if (junit !== undefined && error instanceof UserError) {
      const kind = isMachineLack(error, machine, loaded.scenario) ? "skipped" : "error";
      writeJunit(junit, suiteNotRun(loaded.scenario, { startedAt, outcome: { kind, message: error.message }, baseline: baseline !== null }));
    }
    throw error;
  } finally {
    // An error must not be mixed with the view.
    progress.end();
  }
}

/** Carries a scenario out. */
async function carryOut({ flags, loaded, machine, baseline, progress, version, lab }: {
  flags: RunArguments;
  loaded: LoadedScenario;
  machine: Machine;
  baseline: Baseline | null;
  progress: ProgressDisplay;
  version: string;
  lab: Context["lab"];
}): Promise<RunEnd> {
  const plan = makePlan(loaded, machine, overridesOf(flags));
  if (baseline !== null) (await import("./baseline.ts")).checkBaseline(baseline, plan);
  const { hostValues, target, scenario } = plan;
  const allowTarget = flags["allow-target"];
  if (allowTarget !== undefined && scenario.lab.topology !== "host") {
    throw new UserError(`--allow-target: topology ${scenario.lab.topology} sends inside the lab only; leave the flag out, or write lab: { topology: host } in the scenario`);
  }
  if (allowTarget !== undefined) {
    progress.say(`sending to ${target.address}:${target.port}, outside this program's labs, as --allow-target ${allowTarget} permits`);
  }
  const left: LeftBehind = { directory: null, hostValues: hostValues.max !== null || hostValues.buckets !== null };
  const signal = stopOnSignals(left);
  signal.addEventListener("abort", () => progress.stopping());
  return superviseRun(
    { plan, scenario: { file: loaded.file, text: loaded.text }, results: flags.results, version },
    {
      signal,
      ahead: lab,
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
}
