import type { Options } from "yargs";
import { UserError } from "../errors.ts";
import { parseUnsigned } from "../kernel/sysctl.ts";
import { readSysctls } from "../lab/environment.ts";
import { readMachine } from "../lab/machine.ts";
import { flowSpace } from "../model/flow-space.ts";
import { effectiveLifetime } from "../model/occupancy.ts";
import { forecast } from "../model/forecast.ts";
import type { ForecastInput } from "../model/forecast.ts";
import { renderForecast } from "../report/forecast.ts";
import { parseDuration, parseFiniteRate, parseShare } from "../scenario/units.ts";
import type { Parsed } from "../scenario/units.ts";
import { checkCommand } from "./check.ts";
import { defineCommand } from "./command.ts";
import { SCENARIO } from "./flags.ts";

const PREDICT_FLAGS = {
  rate: { alias: "Q", type: "string", describe: "new flows per second: 2000/s, 50k/s (default 2000/s)" },
  max: { type: "number", describe: "nf_conntrack_max (default 262144)" },
  buckets: { type: "number", describe: "nf_conntrack_buckets (default: as max)" },
  sources: { type: "number", describe: "source addresses (default 1)" },
  ports: { type: "number", describe: "source ports of each (default 28232, the kernel's own range)" },
  "udp-timeout": { type: "string", describe: "nf_conntrack_udp_timeout: 30s, 1m (default 30s)" },
  assured: { type: "string", describe: "share of max that is ASSURED already: 99.5% (default 0%)" },
  here: { type: "boolean", describe: "max, buckets, ports and timeout of this machine, where no flag says otherwise" },
} as const satisfies Record<string, Options>;

type ValueOf<T extends Options> = T extends { type: "number" } ? number : T extends { type: "boolean" } ? boolean : string;
export type PredictArguments = { scenario?: string | undefined; tuning?: string | undefined } & {
  [flag in keyof typeof PREDICT_FLAGS]?: ValueOf<(typeof PREDICT_FLAGS)[flag]> | undefined;
};

/** Defaults of a kernel since 5.15 with memory enough, and of `ip_local_port_range`. */
const DEFAULTS = { max: 262_144, ports: 28_232, timeoutMs: 30_000, ratePps: 2000 } as const;
const MS_PER_S = 1000;
const MOST = 2 ** 31 - 1;

export const PREDICT_COMMAND = defineCommand<PredictArguments>({
  positionals: { scenario: { ...SCENARIO, describe: "scenario file (YAML), instead of a table and a rate" } },
  options: {
    "A table and a rate of new flows": PREDICT_FLAGS,
    "A scenario": { tuning: { type: "string", describe: "NAME[,NAME]: remedies to try (see tablefull tunings)" } },
  },
  examples: [
    { words: "predict --rate 5k/s --sources 20 --assured 90%", about: "when is a table full, and what share is refused then?" },
    { words: "predict --here --rate 50k/s", about: "the same of this machine's own table" },
    { words: "predict scenarios/kernel-defaults.yaml --tuning bigger-hash", about: "of a scenario, with a remedy" },
  ],
  carryOut: predictCommand,
});

/** `tablefull predict [SCENARIO]`: what the model says, of a table and a rate, or of a scenario's own plan. Nothing is started. */
export function predictCommand(flags: PredictArguments): void {
  if (flags.scenario === undefined) {
    if (flags.tuning !== undefined) throw new UserError("--tuning needs a scenario, for example: tablefull predict scenarios/kernel-defaults.yaml --tuning notrack");
    const input = questionOf(flags);
    process.stdout.write(`${renderForecast(input, forecast(input))}\n`);
    return;
  }
  const other = (Object.keys(PREDICT_FLAGS) as (keyof typeof PREDICT_FLAGS)[]).find((flag) => flags[flag] !== undefined);
  if (other !== undefined) throw new UserError(`--${other} and a scenario file exclude each other: leave one of them out`);
  checkCommand({ scenario: flags.scenario, ...(flags.tuning === undefined ? {} : { tuning: flags.tuning }) });
}

/** The flags as a question to the model. Throws UserError for a value that cannot be read. */
export function questionOf(flags: PredictArguments): ForecastInput {
  const machine = flags.here === true ? readMachine() : null;
  if (machine !== null && machine.max === null) throw new UserError("--here: this machine has no connection tracking loaded; say --max N");
  const max = count("max", flags.max) ?? machine?.max ?? DEFAULTS.max;
  const buckets = count("buckets", flags.buckets) ?? machine?.buckets ?? max;
  const range = machine?.ephemeralPorts;
  const ports = count("ports", flags.ports, 65_535) ?? (range === undefined ? DEFAULTS.ports : range.last - range.first + 1);
  const ratePps = read("rate", flags.rate, (text) => parseFiniteRate(/^[\d.]+k?$/.test(text) ? `${text}/s` : text));
  // A bare number is refused: the answer's timeout of other commands is in seconds, sysctl knows no unit either.
  const timeoutMs = read("udp-timeout", flags["udp-timeout"], parseDuration) ?? timeoutHere(machine !== null);
  if (timeoutMs === 0) throw new UserError("--udp-timeout: an entry lives longer than 0 s; write for example 30s");
  return {
    max,
    buckets,
    flowSpace: flowSpace({ sources: count("sources", flags.sources) ?? 1, ports, destinations: 1 }),
    ratePps: ratePps ?? DEFAULTS.ratePps,
    lifetimeS: effectiveLifetime(timeoutMs) / MS_PER_S,
    assured: Math.round((read("assured", flags.assured, parseShare) ?? 0) * max),
  };
}

function timeoutHere(here: boolean): number {
  const timeoutS = here ? parseUnsigned(readSysctls()["net.netfilter.nf_conntrack_udp_timeout"] ?? "") : null;
  return timeoutS === null ? DEFAULTS.timeoutMs : timeoutS * MS_PER_S;
}

function count(flag: string, value: number | undefined, most = MOST): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || value < 1 || value > most) throw new UserError(`--${flag}: write a whole number from 1 to ${most}`);
  return value;
}

function read<T>(flag: string, text: string | undefined, parse: (text: string) => Parsed<T>): T | undefined {
  if (text === undefined) return undefined;
  const parsed = parse(text);
  if (!parsed.ok) throw new UserError(`--${flag}: ${parsed.error}`);
  return parsed.value;
}
