import path from "node:path";
import type { Options } from "yargs";
import type { TuneReport, TuneReports } from "../analysis/compare/series.ts";
import { plural } from "../analysis/words.ts";
import { EXIT, UserError } from "../errors.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Overrides } from "../plan/overrides.ts";
import type { Plan } from "../plan/plan.ts";
import { renderTuneHtml } from "../report/html/comparison-page.ts";
import { renderRemedies } from "../report/remedies.ts";
import { renderTune } from "../report/tune.ts";
import { carryOutSeries, turnsLeft } from "../run/tune.ts";
import { reportSeries } from "../run/tune-report.ts";
import { type LoadedScenario, loadScenario, readScenario } from "../scenario/load.ts";
import { parseShare } from "../scenario/units.ts";
import { BASELINE, createSeries, openSeries, type SeriesRecord } from "../store/series.ts";
import { CATALOGUE } from "../tuning/catalogue.ts";
import { defineCommand } from "./command.ts";
import { jsonFlag, noiseFlag, QUIET, RESULTS } from "./flags.ts";
import { count, type LoadArguments, loadFlags, overridesOf, read, tuningNames } from "./load-flags.ts";
import { describeRestored, readMachineAsItIs } from "./machine.ts";
import { lineProgress, type ProgressDisplay } from "./progress.ts";
import { type LeftBehind, stopOnSignals } from "./stop-signals.ts";
import { readPageParts, writePage } from "./page-parts.ts";
import { reportStyle } from "./terminal.ts";

const TUNE_FLAGS = {
  tunings: { type: "string", describe: "names, separated by commas (default: all that work here; tablefull tunings lists them)" },
  repeat: { type: "string", default: "5", describe: "runs of the baseline and of each tuning" },
  noise: noiseFlag("2%"),
  seed: { type: "string", describe: "whole number that gives the order of the runs (default: drawn)" },
  resume: { type: "string", describe: "directory of a series to go on with, instead of a scenario; several separated by commas" },
} as const satisfies Record<string, Options>;
/** Flags of a load that a series sets itself, or that lead out of the lab. */
const NOT_HERE = ["target", "allow-target", "tuning"] as const;
const MOST_REPEATS = 100;

export interface TuneArguments extends Omit<LoadArguments, (typeof NOT_HERE)[number]> {
  scenarios: string[];
  results: string;
  json: boolean;
  quiet: boolean;
  tunings?: string;
  repeat: string;
  noise: string;
  seed?: string;
  resume?: string;
}

export const TUNE_COMMAND = defineCommand<Omit<TuneArguments, "scenarios"> & { words: string[] }>({
  words: { usage: "SCENARIO...", kind: "scenario", about: "SCENARIO: scenario file (YAML); of several, the last word is which tuning mends which failure." },
  options: { Series: TUNE_FLAGS, ...loadFlags({ without: NOT_HERE }), Result: { results: RESULTS, json: jsonFlag("each series and its comparison"), quiet: QUIET } },
  examples: [
    { words: "tune scenarios/kernel-defaults.yaml", about: "all tunings that work here, five runs of each" },
    { words: "tune scenarios/kernel-defaults.yaml scenarios/small-table.yaml --tunings notrack,socket-reuse --repeat 3", about: "two of them, against two failures" },
    { words: "tune --resume results/SERIES", about: "go on after a crash or a Ctrl-C" },
  ],
  exitCodes: { [EXIT.ok]: "finished", [EXIT.userMistake]: "your input or this machine", [EXIT.interrupted]: "interrupted; --resume goes on" },
  carryOut: ({ words, ...flags }, { version }) => tuneCommand({ ...flags, scenarios: words }, version),
});

/** `tablefull tune SCENARIO...`: each scenario with and without tunings, in turns, and which of them helps. Gives the exit code. */
async function tuneCommand(flags: TuneArguments, version: string): Promise<number> {
  const progress = lineProgress({ quiet: flags.quiet });
  const noise = read("--noise", flags.noise, parseShare) ?? 0;
  const begun = flags.resume === undefined ? begin(flags, progress.say) : flags.resume.split(",").map((directory) => resume(directory, flags, progress.say));
  const reports: TuneReport[] = [];
  const leftBehind: LeftBehind = { directory: null, hostValues: true };
  const signal = stopOnSignals(leftBehind);
  for (const series of begun) {
    leftBehind.directory = series.directory;
    const { report, state } = await tuneOne(series, { noise, progress, signal, version });
    if (report !== null) {
      reports.push(report);
      if (!flags.json) process.stdout.write(`${reports.length > 1 ? "\n" : ""}${renderTune(report, reportStyle())}`);
    }
    if (state === "interrupted") break;
  }
  const all: TuneReports = { schemaVersion: 1, series: reports };
  if (flags.json) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  if (!flags.json && reports.length > 1) process.stdout.write(`\n${renderRemedies(reports, reportStyle())}`);
  return reports.length === begun.length && reports.every(({ left }) => left === 0) ? EXIT.ok : EXIT.interrupted;
}

async function tuneOne(
  { directory, scenario, series, planFor }: Begun,
  { noise, progress, signal, version }: { noise: number; progress: ProgressDisplay; signal: AbortSignal; version: string },
): Promise<{ report: TuneReport | null; state: "finished" | "interrupted" }> {
  const startedMs = performance.now();
  const before = series.runs.length;
  const turns = turnsLeft(series).length;
  progress.say(turns === 0 ? `the series in ${directory} is finished` : `storing the series in ${directory}: ${plural(turns, "run")}, in an order drawn with --seed ${series.seed}`);
  try {
    const state = await carryOutSeries(
      { directory, series, planFor, version },
      {
        signal,
        events: {
          onStored() {},
          onProgress: (now) => progress.show(now),
          onRestored: (restored) => restored.filter(({ leftAlone, journalGone }) => leftAlone || journalGone).forEach((value) => progress.say(describeRestored(value, "this series"))),
          onTurn({ name, round }, toGo) {
            const done = series.runs.length - before;
            const eachMs = done === 0 ? null : (performance.now() - startedMs) / done;
            const remaining = eachMs === null ? "" : `, about ${Math.ceil((eachMs * toGo) / 1000)} s left`;
            progress.say(`round ${round + 1} of ${series.rounds}: ${name} (${toGo} ${toGo === 1 ? "run" : "runs"} to go${remaining})`);
          },
          onRefused: (name, why) => progress.say(`${name} is left out: ${why}`),
        },
      },
    );
    progress.end();
    if (state === "interrupted") progress.say(`to go on: tablefull tune --resume ${directory}`);
    // Interrupted so early, there is nothing to compare with.
    const measured = series.runs.some(({ name }) => name === BASELINE);
    if (!measured) return { report: null, state };
    const { groups, report } = reportSeries(directory, series, { scenario, noise });
    const page = path.join(directory, "report.html");
    writePage("--results", page, renderTuneHtml(report, groups, readPageParts()));
    progress.say(`as a page with charts and intervals: ${page}`);
    return { report, state };
  } catch (error) {
    progress.end();
    if (series.runs.length > before) progress.say(`the finished runs are kept; to go on: tablefull tune --resume ${directory}`);
    throw error;
  } finally {
    progress.end();
  }
}

interface Begun {
  directory: string;
  scenario: string;
  series: SeriesRecord;
  planFor: (name: string) => Plan;
}

/** What stands in the way of any of the series is told before the first run. */
function begin(flags: TuneArguments, say: ProgressDisplay["say"]): Begun[] {
  const example = "write for example tablefull tune scenarios/kernel-defaults.yaml";
  if (flags.scenarios.length === 0) throw new UserError(`tune: which scenario? ${example}, or --resume DIR`);
  const overrides = overridesOf(flags);
  const rounds = whole("--repeat", flags.repeat, 1, MOST_REPEATS);
  const seed = flags.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole("--seed", flags.seed, 0, 2 ** 31 - 1);
  const named = flags.tunings === undefined ? null : tuningNames("--tunings", flags.tunings);
  const planned = flags.scenarios.map((file) => {
    const loaded = loadScenario(file);
    const planFor = planner(loaded, overrides, say);
    planFor(BASELINE);
    if (named !== null && flags.scenarios.length === 1) named.forEach(planFor);
    return { loaded, planFor, tunings: whatWorks(named ?? Object.keys(CATALOGUE), planFor, (why) => say(`${loaded.scenario.name}: ${why}`)) };
  });
  return planned.map(({ loaded, planFor, tunings }) => {
    const made = createSeries(
      { root: flags.results, scenario: loaded.scenario.name, startedAt: new Date() },
      { scenarioFile: loaded.file, scenarioText: loaded.text, overrides: { ...overrides }, tunings, rounds, seed },
    );
    return { ...made, scenario: loaded.scenario.name, planFor };
  });
}

function resume(directory: string, flags: TuneArguments, say: ProgressDisplay["say"]): Begun {
  if (flags.scenarios.length > 0 || flags.tunings !== undefined) throw new UserError("--resume: goes on with the scenario and the tunings it began with; leave the others out");
  const series = openSeries(directory);
  const loaded = readScenario(series.scenarioText, series.scenarioFile);
  return { directory, scenario: loaded.scenario.name, series, planFor: planner(loaded, series.overrides as Overrides, say) };
}

/** The scenario's own tunings are a part of the baseline. */
function planner(loaded: LoadedScenario, overrides: Overrides, say: ProgressDisplay["say"]): (name: string) => Plan {
  const { topology } = loaded.scenario.lab;
  if (topology === "host") {
    throw new UserError(`${loaded.locate(["lab", "topology"])}: lab.topology: each run begins with an empty table, which this machine's own is not; write topology: loopback`);
  }
  const machine = readMachineAsItIs(say);
  const own = loaded.scenario.tunings;
  return (name) => makePlan(loaded, machine, name === BASELINE ? overrides : { ...overrides, tunings: [...own, ...tuningNames("--tunings", name)] });
}

function whatWorks(names: readonly string[], planFor: (name: string) => Plan, say: (why: string) => void): string[] {
  return names.filter((name) => {
    try {
      planFor(name);
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say(`${name} is left out: ${error.message.split("\n")[0]}`);
      return false;
    }
  });
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = count(flag, text) ?? least;
  if (!Number.isInteger(value) || value < least || value > most) throw new UserError(`${flag}: ${text} is out of range; write a whole number from ${least} to ${most}`);
  return value;
}
