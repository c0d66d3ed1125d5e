import type { Options } from "yargs";
import { UserError } from "../errors.ts";
import { addressToNumber } from "../plan/addresses.ts";
import type { Overrides } from "../plan/overrides.ts";
import type { Endpoint } from "../plan/plan.ts";
import { nearest } from "../scenario/nearest.ts";
import { ENGINES, STRATEGIES, type TuningName, TUNINGS } from "../scenario/scenario.ts";
import { parseDuration, parseRate, type Parsed, quote } from "../scenario/units.ts";

/** Flags that replace a scenario's own values in every load phase. Short ones mean what they mean in dnsperf. */
const LOAD_FLAGS = {
  duration: { alias: "l", type: "string", describe: "length of a load: 5s, 500ms, 1m (dnsperf's bare seconds are taken too)" },
  rate: { alias: "Q", type: "string", describe: "queries per second, all threads together: 2000, 2000/s, 50k/s, unlimited" },
  queries: { alias: "n", type: "string", describe: "most queries of a load" },
  threads: { alias: "T", type: "string", describe: "sender threads" },
  sockets: { alias: "c", type: "string", describe: "sockets of strategies pool and tcp-persistent" },
  outstanding: { alias: "q", type: "string", describe: "most queries awaiting an answer at once" },
  timeout: { alias: "t", type: "string", describe: "how long an answer is waited for: 2s, 500ms" },
  strategy: { choices: STRATEGIES, describe: "how sockets are used" },
  engine: { choices: ENGINES, describe: "Node's own sockets, or the C library's" },
  tuning: { type: "string", describe: "NAME[,NAME]: remedies to try (see tablefull tunings)" },
  target: { type: "string", describe: "IP:PORT of the resolver (topology host)" },
  "allow-target": { type: "string", describe: "CIDR that a target beyond loopback must lie in" },
} as const satisfies Record<string, Options>;

/** As typed: a flag that yargs made a number would be NaN, and what was typed lost. */
export type LoadArguments = { [flag in keyof typeof LOAD_FLAGS]?: string };

/** The flags under their heading. `without`: those that the command has no use for. */
export function loadFlags({ without = [] }: { without?: readonly (keyof LoadArguments)[] } = {}): Record<string, Record<string, Options>> {
  const flags = Object.entries(LOAD_FLAGS).filter(([flag]) => !(without as readonly string[]).includes(flag));
  return { "Load, in place of the scenario's own values": Object.fromEntries(flags) };
}

/** The flags as overrides. Throws UserError for one whose value cannot be read. */
export function overridesOf(flags: LoadArguments): Overrides {
  const given: Record<keyof Overrides, unknown> = {
    durationMs: read("--duration", flags.duration, (text) => parseDuration(withUnit(text, "s"))),
    ratePps: read("--rate", flags.rate, (text) => parseRate(withUnit(text, "/s"))),
    timeoutMs: read("--timeout", flags.timeout, (text) => parseDuration(withUnit(text, "s"))),
    queries: count("--queries", flags.queries),
    threads: count("--threads", flags.threads),
    sockets: count("--sockets", flags.sockets),
    outstanding: count("--outstanding", flags.outstanding),
    strategy: flags.strategy,
    engine: flags.engine,
    target: flags.target === undefined ? undefined : endpoint(flags.target),
    allowTarget: flags["allow-target"],
    tunings: flags.tuning === undefined ? undefined : tuningNames("--tuning", flags.tuning),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Overrides;
}

/** On the command line a bare number has the unit that it has in dnsperf. */
export function withUnit(text: string, unit: string): string {
  return /^[\d.]+$/.test(text) ? text + unit : text;
}

/** What was typed for a flag, read; undefined where it was not given. Throws UserError for what cannot be read. */
export function read<T>(flag: string, text: string | undefined, parse: (text: string) => Parsed<T>): T | undefined {
  if (text === undefined) return undefined;
  const parsed = parse(text);
  if (!parsed.ok) throw new UserError(`${flag}: ${parsed.error}`);
  return parsed.value;
}

export function count(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new UserError(`${flag}: ${text === "" ? '""' : text} is not a number; write for example 10000`);
  return Number(text);
}

/** `notrack,bigger-table` to names. Throws UserError for one that is none, and for one that is named twice. */
export function tuningNames(flag: string, text: string): TuningName[] {
  if (text.trim() === "") throw new UserError(`${flag}: names no tuning; write for example ${flag} notrack (tablefull tunings lists them all)`);
  const names = text.split(",").map((word) => {
    if (word.trim() === "") throw new UserError(`${flag}: ${quote(text)} has a comma too many; write for example ${flag} notrack,bigger-table`);
    const name = TUNINGS.find((known) => known === word.trim());
    if (name !== undefined) return name;
    const near = nearest(word.trim(), TUNINGS);
    const instead = near === null ? "tablefull tunings lists them all" : `did you mean ${near}?`;
    throw new UserError(`${flag}: there is no tuning ${quote(word.trim())}; ${instead}`);
  });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UserError(`${flag}: ${twice} is named twice; write it once`);
  return names;
}

function endpoint(text: string): Endpoint {
  const [address = "", port = ""] = text.split(":");
  const number = Number(port);
  if (addressToNumber(address) === null || !/^\d+$/.test(port) || number < 1 || number > 65_535 || text.split(":").length !== 2) {
    throw new UserError(`--target: ${text} is not an IPv4 address and port; write for example 127.0.0.1:53`);
  }
  return { address, port: number };
}
