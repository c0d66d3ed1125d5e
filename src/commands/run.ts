import { EXIT } from "../errors.ts";
import { startLabAhead } from "../run/start-lab.ts";
import { defineCommand, EXIT_MEANINGS } from "./command.ts";
import { BASELINE_NOISE, jsonFlag, NOISE, QUIET, RESULTS, SCENARIO } from "./flags.ts";
import { loadFlags } from "./load-flags.ts";
import type { RunArguments } from "./run-scenario.ts";

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
  async carryOut(flags, { version }) {
    // Its process starts while the rest is loaded and the scenario read.
    const lab = startLabAhead();
    try {
      const { runScenario } = await import("./run-scenario.ts");
      return await runScenario(flags, { version, lab });
    } finally {
      lab?.process.kill("SIGKILL");
    }
  },
});
