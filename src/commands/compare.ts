import fs from "node:fs";
import path from "node:path";
import { compareGroups } from "../analysis/compare/compare.ts";
import type { RunGroup } from "../analysis/compare/compared-run.ts";
import { EXIT, UserError } from "../errors.ts";
import { renderComparison } from "../report/comparison.ts";
import { renderComparisonHtml } from "../report/html/comparison-page.ts";
import { readCompared } from "../run/read-compared.ts";
import { parseShare } from "../scenario/units.ts";
import { runDirectories } from "../store/read-run.ts";
import { isRunDirectory } from "../store/run-files.ts";
import { defineCommand } from "./command.ts";
import { jsonFlag, noiseFlag } from "./flags.ts";
import { openFile } from "./open-file.ts";
import { readPageParts, writePage } from "./page-parts.ts";
import { reportStyle } from "./terminal.ts";

const HOW = "write for example tablefull compare BASE NEW, or base=RUN,RUN,RUN tuned=RUN,RUN,RUN";

export interface CompareArguments {
  runs: string[];
  noise: string;
  force: boolean;
  json: boolean;
  /** File to write a page to. */
  html?: string;
  open: boolean;
}

export const COMPARE_COMMAND = defineCommand<Omit<CompareArguments, "runs"> & { words: string[] }>({
  words: { usage: "RUN RUN...", kind: "run", about: "RUN: the directory of a run, a directory of runs, or NAME=RUN,RUN,...; the first is the baseline." },
  options: {
    Options: {
      noise: noiseFlag("2%"),
      force: { type: "boolean", default: false, describe: "compare even what cannot be compared" },
      json: jsonFlag("the comparison"),
      html: { type: "string", describe: "file for the comparison as a page with charts and intervals" },
      open: { type: "boolean", default: false, describe: "show that page in the browser" },
    },
  },
  examples: [
    { words: "compare results/BASE results/NEW", about: "two runs: counted shares only" },
    { words: "compare base=RUN,RUN,RUN tuned=RUN,RUN,RUN", about: "is it better, and is that more than noise?" },
    { words: "compare base=RUN,RUN,RUN tuned=RUN,RUN,RUN --html comparison.html --open", about: "as a page" },
    { words: "compare before=DIRECTORY after=DIRECTORY --noise 5% --json | jq .contenders", about: "all runs in two directories, for a script" },
  ],
  exitCodes: { [EXIT.ok]: "compared, for better or worse", [EXIT.userMistake]: "these cannot be compared" },
  carryOut: ({ words, ...flags }) => compareCommand({ ...flags, runs: words }),
});

/** `tablefull compare RUN...`: groups of stored runs against the first. Throws UserError for groups that cannot be compared. */
function compareCommand({ runs, noise, force, html, json, open }: CompareArguments): void {
  if (open && html === undefined) throw new UserError("--open: of which page? add --html FILE");
  const wanted = groupsOf(runs);
  const parsed = parseShare(noise);
  if (!parsed.ok) throw new UserError(`--noise: ${parsed.error}`);
  const [base, ...others] = wanted.map(({ name, directories }): RunGroup => ({ name, runs: directories.map(readCompared) }));
  if (base === undefined) throw new UserError(HOW);
  const comparison = compareGroups(base, others, { noise: parsed.value });
  const doubts = [...new Set(comparison.contenders.flatMap(({ incomparable }) => incomparable))];
  if (doubts.length > 0 && !force) {
    throw new UserError(`these runs cannot be compared; leave out the odd ones, or add --force\n${doubts.map((doubt) => `  ${doubt}`).join("\n")}`);
  }
  process.stdout.write(json ? `${JSON.stringify(comparison, null, 2)}\n` : renderComparison(comparison, [base, ...others], reportStyle()));
  if (html === undefined) return;
  writePage("--html", html, renderComparisonHtml(comparison, [base, ...others], readPageParts()));
  if (open) openFile(html);
}

interface WantedGroup {
  name: string;
  directories: string[];
}

/** Each word is a group: `NAME=PATH,PATH`, or one path; a path is a run or a directory of runs. */
export function groupsOf(words: readonly string[]): WantedGroup[] {
  if (words.length < 2) throw new UserError(`compare needs two runs at least; ${HOW}`);
  const groups = words.map((word): WantedGroup => {
    const [, name, list = ""] = /^([\w.+-]+)=(.*)$/.exec(word) ?? [];
    if (name === undefined || fs.existsSync(word)) return { name: nameOf(word), directories: runsOf(word) };
    if (list === "") throw new UserError(`${word} names no run; ${HOW}`);
    return { name, directories: list.split(",").flatMap(runsOf) };
  });
  refuseTwice(groups.flatMap(({ directories }) => directories), (directory) => path.resolve(directory), (directory) => `${directory} is named twice; a run can stand on one side only`);
  if (words.length === 2 && words.every((word) => isRunDirectory(word))) return groups.map((group, index) => ({ ...group, name: index === 0 ? "base" : "new" }));
  refuseTwice(groups, ({ name }) => name, ({ name }) => `two groups are called ${name}; write other names before the =`);
  return groups;
}

function runsOf(place: string): string[] {
  if (isRunDirectory(place)) return [place];
  if (!fs.existsSync(place)) throw new UserError(`${place === "" ? "an empty name" : place} is not a run: there is no such directory; ${HOW}`);
  const runs = runDirectories(place);
  if (runs.length === 0) throw new UserError(`${place} is neither a run nor a directory of runs; ${HOW}`);
  return runs;
}

/** Run ids end in four digits that tell runs of a scenario apart. */
function nameOf(place: string): string {
  const base = path.basename(path.resolve(place));
  return /^\d{8}T\d{6}Z-.+-([0-9a-f]{4})$/.exec(base)?.[1] ?? base;
}

function refuseTwice<T>(all: readonly T[], key: (one: T) => string, message: (one: T) => string): void {
  const seen = new Set<string>();
  for (const one of all) {
    if (seen.has(key(one))) throw new UserError(message(one));
    seen.add(key(one));
  }
}
