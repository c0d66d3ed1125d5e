import fs from "node:fs";
import path from "node:path";
import type { ToldRun } from "../analysis/told-run.ts";
import { makeDirectories } from "../directories.ts";
import { errnoOf, UserError } from "../errors.ts";
import { renderJson } from "../report/formats/json.ts";
import type { Format } from "../report/formats/formats.ts";
import { FORMAT_NAMES, type FormatName } from "../report/formats/names.ts";
import { renderReport } from "../report/terminal.ts";
import { summarizeInThreads } from "../run/summarize-stored.ts";
import { latestRun } from "../store/read-run.ts";
import { defineCommand } from "./command.ts";
import { jsonFlag, RESULTS } from "./flags.ts";
import { openFile } from "./open-file.ts";
import { readPageParts } from "./page-parts.ts";
import { reportStyle } from "./terminal.ts";

export interface ReportArguments {
  run?: string;
  results: string;
  json: boolean;
  /** Names of formats, separated by commas. */
  format?: string;
  /** Directory to write the formats' files into. */
  output?: string;
  /** Show the HTML file in the browser. */
  open: boolean;
}

export const REPORT_COMMAND = defineCommand<ReportArguments>({
  positionals: { run: { type: "string", describe: "directory of a run (default: the newest below --results)" } },
  options: {
    Options: {
      format: { type: "string", describe: `one or more of ${FORMAT_NAMES.join(", ")}, separated by commas` },
      open: { type: "boolean", default: false, describe: "write the HTML report and show it in the browser" },
      output: { type: "string", describe: "directory for the files of --format (default: the run's own, where there are several)" },
      json: jsonFlag("the summary"),
      results: RESULTS,
    },
  },
  examples: [
    { words: "report", about: "the newest run" },
    { words: "report --open", about: "as a page with charts, in the browser" },
    { words: "report results/RUN --format markdown > comment.md", about: "for a pull request" },
    { words: "report results/RUN --format csv,hgrm,dns-metrics --output report", about: "files for a spreadsheet and for other tools" },
  ],
  carryOut: reportCommand,
});

const ABOUT_QUERIES: ReadonlySet<FormatName> = new Set(["hgrm", "hlog", "dns-metrics"]);

/**
 * `tablefull report [RUN]`: tells a stored run again, from its facts alone. One format goes to standard output; several, or
 * any with --output or --open, go to files whose names are printed.
 */
async function reportCommand({ run, results, json, format, open, output }: ReportArguments): Promise<void> {
  const asked = format === undefined ? null : formatNames(format);
  const names: FormatName[] | null = open ? [...new Set([...(asked ?? []), "html" as const])] : asked;
  if (names !== null && json) throw new UserError("--json: is --format json; leave one of the two out");
  if (names === null && output !== undefined) throw new UserError(`--output: of what? add --format, for example --format ${FORMAT_NAMES.slice(1, 4).join(",")}`);
  const told = await summarizeInThreads(run ?? latestRun(results), { page: names?.includes("html") ?? false });
  const unfit = told.summary.watch === null ? undefined : names?.find((name) => ABOUT_QUERIES.has(name));
  if (unfit !== undefined) throw new UserError(`--format: ${unfit} is about queries, and a watch sends none; write text, html, markdown, json, csv or junit`);
  if (names === null) printReport(told, { json });
  else await printFormats(told, names, { output, open });
}

export function printReport(report: ToldRun, { json }: { json: boolean }): void {
  process.stdout.write(json ? renderJson(report) : renderReport(report, reportStyle()));
}

function formatNames(list: string): FormatName[] {
  const words = list.split(",").map((word) => word.trim());
  return [...new Set(words)].map((word) => {
    const name = FORMAT_NAMES.find((known) => known === word);
    if (name === undefined) throw new UserError(`--format: there is no ${word === "" ? '""' : word}; write one or more of ${FORMAT_NAMES.join(", ")}`);
    return name;
  });
}

async function printFormats(told: ToldRun, names: readonly FormatName[], { output, open }: Pick<ReportArguments, "open"> & { output: string | undefined }): Promise<void> {
  // Most reports need none of them, and they take longer to load than the text.
  const { FORMATS } = await import("../report/formats/formats.ts");
  const formats = names.map((name) => FORMATS[name]);
  const [only] = formats;
  if (only !== undefined && formats.length === 1 && output === undefined && !open) {
    process.stdout.write(only.render(told, readPageParts));
    return;
  }
  writeFormats(told, formats, output ?? told.directory);
  if (open) openFile(path.join(output ?? told.directory, FORMATS.html.file));
}

function writeFormats(told: ToldRun, formats: readonly Format[], directory: string): void {
  for (const { file, render } of formats) {
    const text = render(told, readPageParts);
    const target = path.join(directory, file);
    try {
      makeDirectories(directory);
      fs.writeFileSync(target, text);
    } catch (error) {
      throw new UserError(`--output: cannot write ${target} (${errnoOf(error) ?? String(error)}); name a directory that can be written`);
    }
    process.stdout.write(`${target}\n`);
  }
}
