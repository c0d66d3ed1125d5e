import type { Options, PositionalOptions } from "yargs";

// Flags and words that several commands share.

export const RESULTS = { type: "string", default: "results", describe: "directory that runs are stored in" } as const satisfies Options;
export const QUIET = { type: "boolean", default: false, describe: "no progress on standard error" } as const satisfies Options;
export const SCENARIO = { type: "string", describe: "scenario file (YAML)" } as const satisfies PositionalOptions;

/** `--json`: what goes to standard output in place of the report. */
export function jsonFlag(what: string) {
  return { type: "boolean", default: false, describe: `${what} as JSON on standard output` } as const satisfies Options;
}

export const NOISE = { type: "string", describe: "share of the baseline that counts as no difference" } as const satisfies Options;

/** `--noise` of a command that always compares. */
export function noiseFlag(standard: string) {
  return { ...NOISE, default: standard } as const satisfies Options;
}
