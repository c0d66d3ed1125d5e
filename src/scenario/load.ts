import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import type { Document, YAMLParseError } from "yaml";
import { UserError, errnoOf } from "../errors.ts";
import { DEFAULT_SOURCES } from "./defaults.ts";
import { groupsOf, groupsOfState } from "./entry-groups.ts";
import { isTooDeep } from "./nesting.ts";
import { positionsOf } from "./positions.ts";
import type { Positions } from "./positions.ts";
import { formatPath, problemsOf } from "./problems.ts";
import type { Path, Problem } from "./problems.ts";
import type { TypedShape } from "./rate-schema.ts";
import { parseReplay } from "./replay.ts";
import { fileSchema } from "./schema.ts";
import type { FileContents } from "./schema.ts";
import type { FillPhase, LoadPhase, Phase, Scenario } from "./scenario.ts";
import { lengthMs, peakRate } from "./shape.ts";
import type { Shape } from "./shape.ts";

type TypedFill = NonNullable<FileContents["phases"][number]["fill"]>;

export interface LoadedScenario {
  scenario: Scenario;
  file: string;
  /** As read; kept with the run. */
  text: string;
  /** `file:line:column` of a value, or of the nearest block around it that the file holds. */
  locate: (path: Path) => string;
}

/** A story of a few dozen lines, or a series of a few thousand; a bigger file is neither. */
const MOST_BYTES = 256 * 1024;
const AN_EXAMPLE = "write the path of a scenario, for example scenarios/kernel-defaults.yaml";

/** Reads and checks a scenario file. @throws UserError with one line for each problem */
export function loadScenario(file: string): LoadedScenario {
  return readScenario(readText(file, exampleFor(file)), file);
}

/** A bare name may be that of a scenario which is there. */
function exampleFor(file: string): string {
  const meant = join("scenarios", `${basename(file, ".yaml")}.yaml`);
  return meant !== file && existsSync(meant) ? `write ${meant}` : AN_EXAMPLE;
}

/** Checks the text of a scenario; `file` is for messages only. @throws UserError with one line for each problem */
export function readScenario(text: string, file: string): LoadedScenario {
  if (text.trim() === "") throw new UserError(`${file}: is empty; ${AN_EXAMPLE}`);
  const lines = new LineCounter();
  const document = parse(text, file, lines);
  if (document.contents === null) throw new UserError(`${file}: holds nothing but comments; ${AN_EXAMPLE}`);

  const positions = positionsOf(document, lines);
  const checked = fileSchema.safeParse(plainValue(document, file), { reportInput: true });
  const problems = [...positions.duplicates, ...(checked.error?.issues ?? []).flatMap(problemsOf)];
  if (!checked.success || problems.length > 0) throw new UserError(listed(problems, positions, file));

  const locate = (path: Path): string => {
    const { line, column } = positions.find(path, false);
    return `${file}:${line}:${column}`;
  };
  return { scenario: scenarioOf(checked.data, readReplays(checked.data, { file, locate })), file, text, locate };
}

function parse(text: string, file: string, lines: LineCounter): Document {
  if (isTooDeep(text)) throw new UserError(`${file}: is nested too deeply; ${AN_EXAMPLE}`);
  // Duplicate keys are looked for in `positionsOf`, which knows their paths.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  // What follows a broken line is often misread: a few messages say enough.
  const broken = [...document.errors, ...document.warnings].map((error) => yamlProblem(error, file, lines));
  if (broken.length > 0) throw new UserError([...new Set(broken)].slice(0, 5).join("\n"));
  return document;
}

const YAML_HINTS: Partial<Record<YAMLParseError["code"], string>> = {
  TAB_AS_INDENT: "indent with spaces",
  BAD_INDENT: "align it with the keys above",
  BAD_SCALAR_START: "put the text in double quotes",
  BLOCK_AS_IMPLICIT_KEY: "put the inner key on a line of its own, or the text in double quotes",
  MISSING_CHAR: "add what is missing, or put the text in double quotes",
  MULTIPLE_DOCS: "write one scenario a file, without a second ---",
};

function yamlProblem(error: { code: YAMLParseError["code"]; message: string; pos: [number, number] }, file: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(error.pos[0]);
  const message = error.code === "MULTIPLE_DOCS" ? "holds more than one document" : error.message.replaceAll(/\s+/g, " ");
  return `${file}:${Math.max(1, line)}:${Math.max(1, col)}: not YAML: ${message}; ${YAML_HINTS[error.code] ?? "compare with scenarios/kernel-defaults.yaml"}`;
}

function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // The yaml package throws these for aliases that multiply, and for aliases without an anchor.
    if (error instanceof ReferenceError || error instanceof RangeError) throw new UserError(`${file}: its aliases (*name) cannot be resolved; write the values out`);
    throw error;
  }
}

function listed(problems: Problem[], positions: Positions, file: string): string {
  const placed = problems.map(({ path, atKey, message }) => {
    const { line, column } = positions.find(path, atKey);
    const where = path.length > 0 ? `${formatPath(path)}: ` : "";
    return { line, column, text: `${file}:${line}:${column}: ${where}${message}` };
  });
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  return placed.map(({ text }) => text).join("\n");
}

/** Reads the time series that loads replay, each once. @throws UserError with one line for each that cannot be used */
function readReplays(contents: FileContents, { file, locate }: Pick<LoadedScenario, "file" | "locate">): Map<string, Shape> {
  const series = new Map<string, Shape>();
  const problems: string[] = [];
  contents.phases.forEach(({ load }, index) => {
    const rate = load?.rate ?? null;
    if (rate === null || typeof rate === "number" || rate.kind !== "replay-file" || series.has(rate.file)) return;
    const at = isAbsolute(rate.file) ? rate.file : join(dirname(file), rate.file);
    try {
      const read = parseReplay(readText(at, "write the path of a CSV file, relative to the scenario"));
      if ("points" in read) series.set(rate.file, { kind: "replay", points: read.points });
      else problems.push(`${at}:${read.problem.line}: ${read.problem.message}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const where = ["phases", index, "load", "rate", "replay"];
      problems.push(`${locate(where)}: ${formatPath(where)}: ${error.message}`);
    }
  });
  if (problems.length > 0) throw new UserError(problems.join("\n"));
  return series;
}

function scenarioOf(contents: FileContents, series: ReadonlyMap<string, Shape>): Scenario {
  const { name, about, expect, lab, table, tunings, phases, observe, thresholds } = contents;
  const topology = lab.topology === "host" ? "loopback" : lab.topology;
  // A fill is refused on `host` by the plan; its sources do not matter there.
  const fillSources = DEFAULT_SOURCES[topology];
  return {
    name,
    about: about.trim(),
    expect,
    lab,
    table: { max: table.max ?? null, buckets: table.buckets ?? null },
    tunings,
    phases: phases.map((phase) => phaseOf(phase, { fillSources, series })),
    observe: { everyMs: observe.every },
    thresholds: Object.values(thresholds).flatMap((ofMetric) => ofMetric ?? []),
  };
}

function phaseOf(
  { fill, load, exec, rest }: FileContents["phases"][number],
  { fillSources, series }: { fillSources: string; series: ReadonlyMap<string, Shape> },
): Phase {
  if (fill) return fillOf(fill, fillSources);
  if (exec) return { kind: "exec", command: exec.command, timeoutMs: exec.timeout };
  if (rest) return { kind: "rest", durationMs: rest.duration };
  if (!load) throw new Error("the schema lets no empty phase through");
  const { rate: typedRate, duration, timeout, "catch-up": catchUp, queries, outstanding, sources, ports, retry, ...same } = load;
  const rate = rateOf(typedRate, series);
  const ownLengthMs = rate.shape === null || queries !== undefined ? null : lengthMs(rate.shape);
  return {
    kind: "load",
    ...same,
    ...rate,
    durationMs: duration ?? ownLengthMs,
    queries: queries ?? null,
    catchUpMs: catchUp,
    outstanding: outstanding ?? null,
    timeoutMs: timeout,
    sources: sources ?? null,
    ports: ports ?? null,
    retry: retry === undefined ? null : { on: retry.on, times: retry.times, waitMs: retry.wait },
  };
}

function rateOf(typed: number | null | TypedShape, series: ReadonlyMap<string, Shape>): Pick<LoadPhase, "ratePps" | "shape"> {
  if (typed === null || typeof typed === "number") return { ratePps: typed, shape: null };
  const shape = typed.kind === "replay-file" ? series.get(typed.file) : typed;
  if (shape === undefined) throw new Error("a replay is read before its phase");
  return { ratePps: peakRate(shape), shape };
}

function fillOf({ by, occupancy, state = "assured", entries, sources }: TypedFill, defaultSources: string): FillPhase {
  const same = { kind: "fill", occupancy, sources: sources ?? defaultSources } as const;
  if (by === "traffic") return { ...same, by, state };
  return { ...same, by, entries: entries === undefined ? groupsOfState(state) : groupsOf(entries) };
}

function readText(file: string, instead: string): string {
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) throw new UserError(`${file}: is a directory; ${instead}`);
    if (!stat.isFile()) throw new UserError(`${file}: is not a regular file; ${instead}`);
    if (stat.size > MOST_BYTES) throw new UserError(`${file}: is bigger than ${MOST_BYTES / 1024} KiB; ${instead}`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") throw new UserError(`${file}: no such file; ${instead}`);
    if (code === "EACCES" || code === "EPERM") throw new UserError(`${file}: may not be read by this user; ${instead}`);
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") throw new UserError(`${file}: is not UTF-8 text; ${instead}`);
    if (code !== null) throw new UserError(`${file}: cannot be read (${code}); ${instead}`);
    throw error;
  }
}
