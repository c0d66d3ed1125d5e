import type { z } from "zod";
import { nearest } from "./nearest.ts";
import { KNOWN_KEYS } from "./schema.ts";
import { THRESHOLD_METRICS } from "./thresholds.ts";
import { parseDuration, parseRate, parseShapeRate, parseShare, quote } from "./units.ts";

export type Path = readonly (string | number)[];

/** One thing wrong with a scenario: where, and one line of what is wrong and what to write instead. */
export interface Problem {
  path: Path;
  /** Whether `path` names a key that should not be there, rather than a value. */
  atKey: boolean;
  message: string;
}

/** What to type for a key that is missing or holds something of the wrong kind. */
const EXAMPLES: Record<string, string> = {
  name: "name: small-table", about: "about: a sentence in quotes", expect: "expect: table-full",
  lab: "lab: { topology: loopback }", topology: "topology: loopback", tracking: "tracking: true", resolver: "resolver: embedded",
  table: "table: { max: 4096 }", max: "max: 4096", buckets: "buckets: 262144",
  tunings: "tunings: [notrack]",
  phases: "phases: [{ rest: { duration: 2s } }]", fill: "fill: { occupancy: 99.5% }", load: "load: { rate: 2000/s, duration: 5s }",
  exec: "exec: { command: [dig, example.test] }", rest: "rest: { duration: 2s }",
  by: "by: insertion", entries: "entries: [{ protocol: tcp, state: established }]", protocol: "protocol: udp", assured: "assured: true", share: "share: 90%",
  ramp: "ramp: { from: 0/s, to: 20k/s, over: 10s }", from: "from: 0/s", to: "to: 20k/s", over: "over: 10s", curve: "curve: exponential",
  steps: "steps: [{ rate: 1000/s, for: 5s }]", for: "for: 5s", burst: "burst: { base: 1000/s, peak: 10k/s, every: 5s, for: 500ms }", base: "base: 1000/s", peak: "peak: 10k/s",
  "burst.every": "every: 5s", "burst.for": "for: 500ms", "on-off": "on-off: { rate: 2000/s, on: 2s, off: 1s }", "on-off.on": "on: 2s", off: "off: 1s",
  poisson: "poisson: { rate: 2000/s }", seed: "seed: 1", replay: "replay: traffic.csv",
  "entries.state": "state: established", "entries.timeout": "timeout: 120s",
  occupancy: "occupancy: 99.5%", state: "state: assured", sources: "sources: 127.64.0.0/16",
  strategy: "strategy: per-query", engine: "engine: auto", rate: "rate: 2000/s", duration: "duration: 5s", queries: "queries: 10000",
  "catch-up": "catch-up: 100ms", threads: "threads: 2", outstanding: "outstanding: 1000", timeout: "timeout: 2s", sockets: "sockets: 100", opened: "opened: at-start", ports: "ports: 20000-20063",
  query: "query: { name: example.test, type: A }", type: "type: A", command: "command: [dig, example.test]",
  retry: "retry: { on: EPERM, times: 3, wait: 10ms }", on: "on: EPERM", times: "times: 3", wait: "wait: 10ms",
  observe: "observe: { every: 10ms }", every: "every: 10ms",
  thresholds: 'thresholds: { eperm_share: ["rate<0.01"] }', threshold: 'threshold: "rate<0.01"', abortOnFail: "abortOnFail: true", delayAbortEval: "delayAbortEval: 2s",
  ...Object.fromEntries(Object.entries(THRESHOLD_METRICS).map(([metric, { example: condition }]) => [metric, `${metric}: ["${condition}"]`])),
};

const UNITS: Record<string, (text: string) => { ok: boolean; error?: string }> = {
  duration: parseDuration, timeout: parseDuration, "catch-up": parseDuration, every: parseDuration, wait: parseDuration, rate: parseRate, occupancy: parseShare, share: parseShare, delayAbortEval: parseDuration,
  "ramp.from": parseShapeRate, "ramp.to": parseShapeRate, "ramp.over": parseDuration, "steps.rate": parseShapeRate, "steps.for": parseDuration,
  "burst.base": parseShapeRate, "burst.peak": parseShapeRate, "burst.for": parseDuration, "on-off.rate": parseShapeRate, "on-off.on": parseDuration,
  "on-off.off": parseDuration, "poisson.rate": parseShapeRate,
};

const KINDS: Record<string, string> = {
  string: "text", int: "a whole number", number: "a whole number", boolean: "true or false", object: "a block of keys", array: "a list", tuple: "a time and a rate",
};

/** What may be written in more than one form. */
const FORMS: Record<string, string> = { ports: "a range of ports", rate: "a rate or a shape", replay: "a file or a list of points" };

/** The problems that one zod issue stands for. The issue must carry its input (`reportInput`). */
export function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "invalid_union") {
    // A value of the right kind for one of the forms it may have is measured against that one.
    const meant = issue.errors.filter((errors) => !errors.some(({ code, path }) => code === "invalid_type" && path.length === 0));
    if (meant.length === 1) return (meant[0] ?? []).flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code === "unrecognized_keys") {
    const known = KNOWN_KEYS[blockName(path)] ?? [];
    return issue.keys.map((key) => ({ path: [...path, key], atKey: true, message: unknownKey(key, known) }));
  }
  const within = issue.code === "invalid_union" ? issuesOfBlock(issue) : [];
  if (within.length > 0) return within.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  return [{ path, atKey: false, message: explain(issue, path) }];
}

/** Where a block of keys may stand in place of a text, and one does: what is wrong within it. */
function issuesOfBlock({ errors, input }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return [];
  return errors.find((issues) => issues.every(({ code, path }) => code !== "invalid_type" || path.length > 0)) ?? [];
}

/** `["phases", 1, "load"]` to `phases[1].load`. */
export function formatPath(path: Path): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : `${i > 0 ? "." : ""}${plain(step)}`)).join("");
}

function explain(issue: z.core.$ZodIssue, path: Path): string {
  const instead = example(path);
  switch (issue.code) {
    case "custom":
      return issue.message;
    case "invalid_format":
      return `${show(issue.input)} ${issue.message}`;
    case "invalid_value":
      return issue.input === undefined ? `is missing; ${instead}` : unknownWord(issue.input, issue.values.map(String));
    case "too_small":
      if (issue.origin === "array") return `${Array.isArray(issue.input) && issue.input.length > 0 ? "holds too little" : "is empty"}; ${instead}`;
      return `${show(issue.input)} is too small; write at least ${issue.minimum}`;
    case "too_big":
      if (issue.origin === "array") return `has more than ${issue.maximum} items; leave some out`;
      if (issue.origin === "string") return `is longer than ${issue.maximum} characters; shorten it`;
      return `${show(issue.input)} is too big; write at most ${issue.maximum}`;
    case "invalid_type":
      return wrongKind(issue.input, KINDS[issue.expected] ?? issue.expected, path);
    case "invalid_union":
      // Of a group of entries: its protocol says what else it may hold.
      if (issue.discriminator !== undefined && "options" in issue) {
        const word = (issue.input as Record<string, unknown>)[issue.discriminator];
        return word === undefined ? `is missing; ${instead}` : `${show(word)} is not known here; write one of ${(issue.options ?? []).join(", ")}`;
      }
      return wrongKind(issue.input, FORMS[String(path.at(-1))] ?? "a condition", path);
    default:
      return `${show(issue.input)} cannot be used; ${instead}`;
  }
}

function unknownWord(input: unknown, known: readonly string[]): string {
  const near = typeof input === "string" ? nearest(input, known) : null;
  return `${show(input)} is not known here; write ${near ?? `one of ${known.join(", ")}`}`;
}

function wrongKind(input: unknown, kind: string, path: Path): string {
  if (input === undefined) return `is missing; ${example(path)}`;
  const unitless = typeof input === "number" ? unitOf(path)?.(String(input)).error : undefined;
  if (unitless !== undefined) return unitless;
  if (input === null) return `is empty; ${example(path)}`;
  if (kind === KINDS["string"] && typeof input !== "object") return `${show(input)} is not text; write "${String(input)}"`;
  return `${show(input)} is not ${kind}; ${example(path)}`;
}

/** How the value at a place is read from text, where it is a number with a unit. */
function unitOf(path: Path): ((text: string) => { ok: boolean; error?: string }) | undefined {
  const key = path.at(-1);
  const block = blockName(path.slice(0, -1));
  if (block === "replay") return key === 0 ? parseDuration : parseShapeRate;
  return typeof key === "string" ? (UNITS[`${block}.${key}`] ?? UNITS[key]) : undefined;
}

function example(path: Path): string {
  if (path.length === 0) return "write name: and phases:";
  const key = path.at(-1);
  if (typeof key === "string") return `write ${EXAMPLES[`${blockName(path.slice(0, -1))}.${key}`] ?? EXAMPLES[key] ?? "something else"}`;
  if (blockName(path) === "steps") return "write { rate: 1000/s, for: 5s } after the dash";
  if (blockName(path) === "replay") return "write [5s, 1000/s]";
  if (blockName(path) === "entries") return "write { protocol: tcp, state: established } after the dash";
  if (blockName(path) === "phases") return "write one of fill:, load:, exec:, rest: after the dash";
  const metric = (THRESHOLD_METRICS as Record<string, { example: string }>)[blockName(path)];
  return metric === undefined ? "write text" : `write "${metric.example}"`;
}

function unknownKey(key: string, known: readonly string[]): string {
  return `is not known here; write ${nearest(key, known) ?? `one of ${known.join(", ")}`}`;
}

function blockName(path: Path): string {
  return String(path.findLast((step) => typeof step === "string") ?? "");
}

function show(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a block of keys";
  return String(value);
}

function plain(key: string): string {
  return /^[\w-]{1,40}$/.test(key) ? key : quote(key);
}
