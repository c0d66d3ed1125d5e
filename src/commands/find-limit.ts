import type { Options } from "yargs";
import { limitReport } from "../analysis/limit-report.ts";
import { EXIT, UserError } from "../errors.ts";
import { type Criterion, modelLimit } from "../plan/limit.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { renderLimit, renderTrial } from "../report/limit.ts";
import { findLimit, trialsInLab } from "../run/find-limit.ts";
import { BOUNDS } from "../scenario/bounds.ts";
import { type LoadedScenario, loadScenario } from "../scenario/load.ts";
import { overTcp, type Scenario } from "../scenario/scenario.ts";
import { parseFiniteRate, parseShare } from "../scenario/units.ts";
import { bracketOf, mostRates } from "../search/bisection.ts";
import { defineCommand, EXIT_MEANINGS } from "./command.ts";
import { jsonFlag, QUIET, RESULTS, SCENARIO } from "./flags.ts";
import { count, type LoadArguments, loadFlags, overridesOf, read, withUnit } from "./load-flags.ts";
import { describeRestored, readMachineAsItIs } from "./machine.ts";
import { lineProgress } from "./progress.ts";
import { type LeftBehind, stopOnSignals } from "./stop-signals.ts";
import { reportStyle } from "./terminal.ts";

const LIMIT_FLAGS = {
  "no-eperm": { type: "boolean", describe: "a rate passes if no send is refused with EPERM (the default)" },
  loss: { type: "string", describe: "or if at most this share of the sends is refused or not answered in time: 1%" },
  from: { type: "string", describe: "lowest rate to try: 500/s (default: a tenth of the scenario's)" },
  to: { type: "string", describe: "highest rate to try: 20k/s (default: ten times the scenario's)" },
  precision: { type: "string", default: "5%", describe: "how far above the limit the next rate that fails may be" },
  repeat: { type: "string", default: "1", describe: "trials of each rate, all of which must pass" },
} as const satisfies Record<string, Options>;
/** Flags of a load that a search sets itself, or that lead out of the lab. */
const NOT_HERE = ["rate", "target", "allow-target"] as const;

export interface LimitArguments extends Omit<LoadArguments, (typeof NOT_HERE)[number]> {
  scenario: string;
  results: string;
  json: boolean;
  quiet: boolean;
  "no-eperm"?: boolean;
  loss?: string;
  from?: string;
  to?: string;
  precision: string;
  repeat: string;
}

/** Where the scenario's own load has no rate to begin from. */
const RATE_PPS = 1000;
const PRECISION = { least: 0.01, most: 1 } as const;
const MOST_REPEATS = 20;

export const FIND_LIMIT_COMMAND = defineCommand<LimitArguments>({
  positionals: { scenario: SCENARIO },
  options: { Search: LIMIT_FLAGS, ...loadFlags({ without: NOT_HERE }), Result: { results: RESULTS, json: jsonFlag("the result"), quiet: QUIET } },
  elsewhere: { rate: "--from and --to: the search sets the rate itself", Q: "--from and --to: the search sets the rate itself" },
  examples: [
    { words: "find-limit scenarios/kernel-defaults.yaml --duration 1s", about: "the highest rate without any EPERM, by loads of a second each" },
    { words: "find-limit scenarios/kernel-defaults.yaml --loss 1% --from 500/s --to 20k/s", about: "the highest at which no more than 1 % is lost, in this range" },
    { words: "find-limit scenarios/kernel-defaults.yaml --tuning socket-reuse --repeat 3", about: "what does a remedy make of it? three trials of each rate" },
  ],
  exitCodes: { ...EXIT_MEANINGS, [EXIT.ok]: "a limit was found", [EXIT.expectationFailed]: "there is none in the range" },
  carryOut: (flags, { version }) => findLimitCommand(flags, version),
});

/** `tablefull find-limit SCENARIO`: bisects the rate of its loads. Gives the exit code. */
async function findLimitCommand(flags: LimitArguments, version: string): Promise<number> {
  const loaded = loadScenario(flags.scenario);
  const { criterion, repeat, ...range } = searchOf(flags, loaded.scenario);
  const progress = lineProgress({ quiet: flags.quiet });
  const planAt = planner(loaded, flags, progress.say);
  // What stands in the way of the last trial is told before the first.
  [range.from, range.to].forEach(planAt);
  const { hostValues, phases, scenario: { name } } = planAt(range.from);
  if (criterion.kind === "eperm" && phases.some((phase) => phase.kind === "load" && overTcp(phase.strategy))) {
    throw new UserError("find-limit: over TCP no program is told of EPERM, so that no rate would fail; add for example --loss 1%");
  }
  const left: LeftBehind = { directory: null, hostValues: hostValues.max !== null || hostValues.buckets !== null };
  const most = mostRates(range) * repeat;
  const tryRate = trialsInLab(
    { order: { scenario: { file: loaded.file, text: loaded.text }, results: flags.results, version }, planAt, criterion },
    {
      signal: stopOnSignals(left),
      events: {
        onStored: (directory) => void (left.directory = directory),
        onProgress: (now) => progress.show(now),
        // Set and put back at each trial: only what went otherwise is news.
        onRestored: (restored) => restored.filter(({ leftAlone, journalGone }) => leftAlone || journalGone).forEach((value) => progress.say(describeRestored(value, "this search"))),
      },
    },
  );
  let number = 0;
  try {
    const searched = await findLimit({ bracket: bracketOf(range), repeat }, async (ratePps) => {
      const trial = await tryRate(ratePps);
      if (trial !== null) progress.say(renderTrial(trial, { number: ++number, most }));
      return trial;
    });
    progress.end();
    const report = limitReport(searched, modelLimit(planAt, range, criterion), { scenario: name, criterion, repeat });
    process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : renderLimit(report, reportStyle()));
    if (report.outcome === "interrupted") return EXIT.interrupted;
    return report.outcome === "found" ? EXIT.ok : EXIT.expectationFailed;
  } finally {
    progress.end();
  }
}

/** Plans of the scenario at a rate. A trial has neither a verdict to end with nor thresholds to keep: both belong to the scenario's own rate. */
function planner(loaded: LoadedScenario, flags: LimitArguments, say: (line: string) => void): (ratePps: number) => Plan {
  const phase = loaded.scenario.phases.findIndex(({ kind }) => kind === "load");
  if (phase === -1) throw new UserError(`${loaded.locate(["phases"])}: phases: find-limit varies the rate of a load; add one, for example - load: { rate: 2000/s, duration: 2s }`);
  if (loaded.scenario.lab.topology === "host") {
    throw new UserError(`${loaded.locate(["lab", "topology"])}: lab.topology: each trial begins with an empty table, which this machine's own is not; write topology: loopback`);
  }
  const machine = readMachineAsItIs(say);
  const overrides = overridesOf(flags);
  const open = { ...loaded, scenario: { ...loaded.scenario, expect: null, thresholds: [] } };
  return (ratePps) => makePlan(open, machine, { ...overrides, ratePps });
}

/** The flags as a search. Throws UserError for what cannot be read or does not fit together. */
export function searchOf(flags: Pick<LimitArguments, keyof typeof LIMIT_FLAGS>, { phases }: Pick<Scenario, "phases">): {
  criterion: Criterion; from: number; to: number; precision: number; repeat: number;
} {
  const own = Math.max(0, ...phases.map((phase) => (phase.kind === "load" ? (phase.ratePps ?? 0) : 0))) || RATE_PPS;
  const given = { from: rateOf("--from", flags.from), to: rateOf("--to", flags.to) };
  const to = given.to ?? Math.min(BOUNDS.ratePps, 10 * Math.max(own, given.from ?? 0));
  const from = given.from ?? Math.min(own, to) / 10;
  if (from >= to) throw new UserError(`--from: ${from}/s is not below --to ${to}/s; write for example --from ${to / 10}/s`);
  const precision = read("--precision", flags.precision, parseShare) ?? 0;
  if (precision < PRECISION.least || precision > PRECISION.most) throw new UserError(`--precision: ${flags.precision} is out of range; write 1% to 100%, for example 5%`);
  const repeat = count("--repeat", flags.repeat) ?? 1;
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > MOST_REPEATS) throw new UserError(`--repeat: ${flags.repeat} is out of range; write a whole number from 1 to ${MOST_REPEATS}`);
  return { criterion: criterionOf(flags), from, to, precision, repeat };
}

function rateOf(flag: string, text: string | undefined): number | undefined {
  return read(flag, text, (typed) => parseFiniteRate(withUnit(typed, "/s")));
}

function criterionOf(flags: Pick<LimitArguments, "loss" | "no-eperm">): Criterion {
  const most = read("--loss", flags.loss, parseShare);
  if (most === undefined) return { kind: "eperm" };
  if (flags["no-eperm"] === true) throw new UserError("--no-eperm and --loss exclude each other: a search has one criterion; leave one of them out");
  return { kind: "loss", most };
}
