#!/usr/bin/env node
import fs from "node:fs";
import process from "node:process";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { checkCommand } from "./commands/check.ts";
import { compareCommand } from "./commands/compare.ts";
import { addLimitFlags, findLimitCommand, type LimitArguments } from "./commands/find-limit.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { addLoadFlags, type LoadArguments } from "./commands/load-flags.ts";
import { addPredictFlags, predictCommand, type PredictArguments } from "./commands/predict.ts";
import { reportCommand, type ReportArguments } from "./commands/report.ts";
import { restoreCommand } from "./commands/restore.ts";
import { runCommand } from "./commands/run.ts";
import { addTuneFlags, tuneCommand, type TuneArguments } from "./commands/tune.ts";
import { tuningsCommand } from "./commands/tunings.ts";
import { explainUsage } from "./commands/usage.ts";
import { EXIT, UserError } from "./errors.ts";
import { FORMAT_NAMES } from "./report/formats/formats.ts";

// Assembly of the command line. The only place that turns errors into exit codes.

const { version } = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
const results = { type: "string", default: "results", describe: "directory that runs are stored in" } as const;
const json = { type: "boolean", default: false, describe: "summary.json on standard output" } as const;
const quiet = { type: "boolean", default: false, describe: "no progress on standard error" } as const;
const regression = {
  baseline: { type: "string", describe: "a kept run to hold this one against, by counts and shares; exit code 99 where it is worse" },
  noise: { type: "string", default: "5%", describe: "share of the baseline that counts as no difference" },
  junit: { type: "string", describe: "file for a JUnit report: the verdict, each threshold and the baseline as test cases" },
  "keep-as-reference": { type: "boolean", default: false, describe: "keep this run's summary in reference/SCENARIO below --results" },
} as const;
const scenario = { type: "string", demandOption: true, describe: "scenario file (YAML)" } as const;

const words = hideBin(process.argv);
const parser = yargs(words)
  // Of a flag that is given twice the last counts, as everywhere; --no-eperm is a flag of its own, not the opposite of one.
  .parserConfiguration({ "duplicate-arguments-array": false, "boolean-negation": false, "parse-positional-numbers": false })
  .scriptName("tablefull")
  .usage("$0 COMMAND\n\nReproduces, explains and compares one failure: DNS queries over UDP refused with\n\"operation not permitted\" because the connection-tracking table is full.")
  .command(
    "run <scenario>",
    "build the lab, carry the scenario out, say what happened and why",
    (y) => addLoadFlags(y.positional("scenario", scenario).options({ results, json, quiet, ...regression })),
    async (flags) => void (process.exitCode = await runCommand(flags as typeof flags & LoadArguments, version)),
  )
  .command(
    "check <scenario>",
    "check a scenario and print the plan and the prediction; nothing is started",
    (y) => addLoadFlags(y.positional("scenario", scenario)),
    (flags) => checkCommand(flags as typeof flags & LoadArguments),
  )
  .command(
    "predict [scenario]",
    "what the model says of a table and a rate of new flows, or of a scenario; nothing is started",
    (y) => addPredictFlags(y.positional("scenario", { type: "string", describe: "scenario file (YAML), instead of flags" })),
    (flags) => predictCommand(flags as typeof flags & PredictArguments),
  )
  .command(
    "find-limit <scenario>",
    "find the highest rate without EPERM, or with little loss, and compare it with the model's",
    (y) => addLimitFlags(y.positional("scenario", scenario).options({ results, json: { ...json, describe: "the result as JSON on standard output" }, quiet })),
    async (flags) => void (process.exitCode = await findLimitCommand(flags as typeof flags & LimitArguments, version)),
  )
  .command(
    "report [run]",
    "tell a stored run again, from its facts alone (default: the newest)",
    (y) => y.positional("run", { type: "string", describe: "run directory" }).options({
        results,
        json,
        format: { type: "string", describe: `one or more of ${FORMAT_NAMES.join(", ")}, separated by commas` },
        output: { type: "string", describe: "directory for the files of --format (default: the run's own, where there are several)" },
      }),
    (flags) => reportCommand(flags as typeof flags & ReportArguments),
  )
  .command(
    "compare",
    "hold stored runs, or groups of them, against the first: what changed, by how much, and whether that is more than noise",
    // Not a positional: of a list, as of a flag that is given twice, only the last would count.
    (y) => y.usage("$0 compare RUN RUN...\n\nRUN: the directory of a run, a directory of runs, or NAME=RUN,RUN,...; the first is the baseline.").strict(false).strictOptions().options({
        noise: { type: "string", default: "2%", describe: "share of the baseline that counts as no difference" },
        force: { type: "boolean", default: false, describe: "compare even what cannot be compared" },
        json: { ...json, describe: "the comparison as JSON on standard output" },
      }),
    ({ _: [, ...runs], ...flags }) => compareCommand({ ...flags, runs: runs.map(String) }),
  )
  .command(
    "doctor",
    "can the table fill up on this machine, is it full now, and what would help (exit code: 0 fine, 1 at risk, 2 failing)",
    (y) => y.options({ json: { ...json, describe: "facts and diagnosis as JSON" }, rate: { alias: "Q", type: "string", describe: "new flows per second to predict for (default 2000/s)" } }),
    async (flags) => void (process.exitCode = await doctorCommand(flags)),
  )
  .command("tunings", "list the tunings: what each changes, its trap and its cost", {}, tuningsCommand)
  .command(
    "tune",
    "run scenarios with and without tunings, in turns, and say which of them help, by how much, at what cost",
    (y) => addTuneFlags(y.usage("$0 tune SCENARIO...\n\nSCENARIO: scenario file (YAML); of several, the last word is which tuning mends which failure.").strict(false).strictOptions().options({ results, json: { ...json, describe: "the comparison as JSON; of several scenarios a list" }, quiet })),
    async ({ _: [, ...scenarios], ...flags }) => void (process.exitCode = await tuneCommand({ ...(flags as typeof flags & Omit<TuneArguments, "scenarios">), scenarios: scenarios.map(String) }, version)),
  )
  .command("restore", "put back host-wide values that a killed run left behind", {}, restoreCommand)
  .example("$0 run scenarios/kernel-defaults.yaml", "reproduce the failure; no root, nothing changed on the host")
  .example("$0 run scenarios/naive-blast.yaml --json | jq .attribution", "numbers for a script")
  .example("$0 run scenarios/kernel-defaults.yaml --tuning notrack", "does this remedy help?")
  .example("$0 check my.yaml", "what would happen")
  .example("$0 compare base=RUN,RUN,RUN tuned=RUN,RUN,RUN", "is it better, and is that more than noise?")
  .example("$0 predict --rate 5k/s --sources 20 --assured 90%", "when a table fills, and who is refused then")
  .epilogue("Exit codes: 0 as expected, 1 your input or this machine, 70 a bug, 99 another verdict than the scenario expects, a threshold crossed or worse than the baseline, 130 interrupted.")
  .demandCommand(1, "name a command, for example: tablefull run scenarios/kernel-defaults.yaml")
  .strict()
  .version(version)
  .help()
  .wrap(Math.min(110, process.stdout.columns ?? 80))
  .exitProcess(false)
  .fail((message, error) => {
    throw error ?? new UserError(explainUsage(message, words));
  });

try {
  await parser.parseAsync();
} catch (error) {
  if (error instanceof UserError) {
    process.stderr.write(`tablefull: ${error.message}\n`);
    process.exitCode = EXIT.userMistake;
  } else {
    process.stderr.write(`tablefull: this is a bug; please report it with what follows\n${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = EXIT.bug;
  }
}
