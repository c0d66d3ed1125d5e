import { BOUNDS } from "../scenario/bounds.ts";
import type { EngineChoice, LoadPhase, Phase, Scenario, Strategy, TuningName } from "../scenario/scenario.ts";
import type { Endpoint } from "./plan.ts";

/** What flags of the command line put in place of a scenario's own values, in every load phase. */
export interface Overrides {
  strategy?: Strategy;
  engine?: EngineChoice;
  /** Null is `unlimited`. */
  ratePps?: number | null;
  durationMs?: number;
  queries?: number;
  threads?: number;
  sockets?: number;
  outstanding?: number;
  timeoutMs?: number;
  /** Where the queries go instead of the lab's resolver. */
  target?: Endpoint;
  /** CIDR that a target outside the lab must lie in. */
  allowTarget?: string;
  /** In place of the scenario's own. */
  tunings?: TuningName[];
}

type LoadOverride = Exclude<keyof Overrides, "target" | "allowTarget" | "tunings">;

/** How the flag of each override is typed: problems name it in place of a line of the file. */
const FLAGS: Record<keyof Overrides, string> = {
  strategy: "--strategy", engine: "--engine", ratePps: "--rate", durationMs: "--duration", queries: "--queries",
  threads: "--threads", sockets: "--sockets", outstanding: "--outstanding", timeoutMs: "--timeout",
  target: "--target", allowTarget: "--allow-target", tunings: "--tuning",
};

/** The key of a load phase in the file that each override replaces. */
const KEYS: Record<LoadOverride, string> = {
  strategy: "strategy", engine: "engine", ratePps: "rate", durationMs: "duration", queries: "queries",
  threads: "threads", sockets: "sockets", outstanding: "outstanding", timeoutMs: "timeout",
};

/** The scenario as it will run, but for its tunings. With tunings of the command line it is no longer the story whose end the file expects. */
export function withOverrides(scenario: Scenario, { target: _target, allowTarget: _allow, tunings, ...given }: Overrides): Scenario {
  const replaced = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<LoadPhase>;
  if (replaced.ratePps !== undefined) replaced.shape = null;
  const tuned = tunings === undefined ? scenario : { ...scenario, tunings, expect: null };
  return { ...tuned, phases: scenario.phases.map((phase): Phase => (phase.kind === "load" ? { ...phase, ...replaced } : phase)) };
}

/** The flag that set this value, or null when the file (or a default) did. */
export function flagOf(overrides: Overrides, name: keyof Overrides): string | null {
  return overrides[name] === undefined ? null : FLAGS[name];
}

export function keyOf(name: LoadOverride): string {
  return KEYS[name];
}

/** Flags beyond the bounds that the file is held to; `flag: what is wrong; what to write`. */
export function overrideProblems(overrides: Overrides): string[] {
  const problems: string[] = [];
  const whole = (name: "queries" | "threads" | "sockets" | "outstanding", most: number): void => {
    const value = overrides[name];
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most)) {
      problems.push(`${FLAGS[name]}: ${value} is out of range; write a whole number from 1 to ${most}`);
    }
  };
  const time = (name: "durationMs" | "timeoutMs", mostMs: number, most: string): void => {
    const value = overrides[name];
    if (value !== undefined && !(value >= 1 && value <= mostMs)) {
      problems.push(`${FLAGS[name]}: ${value}ms is out of range; write a time from 1ms to ${most}`);
    }
  };
  whole("queries", BOUNDS.queries);
  whole("threads", BOUNDS.threads);
  whole("sockets", BOUNDS.sockets);
  whole("outstanding", BOUNDS.outstanding);
  time("durationMs", BOUNDS.durationMs, "1h");
  time("timeoutMs", BOUNDS.timeoutMs, "1m");
  const rate = overrides.ratePps ?? null;
  if (rate !== null && !(rate > 0 && rate <= BOUNDS.ratePps)) {
    problems.push(`${FLAGS.ratePps}: ${rate}/s is out of range; write a rate above 0/s, at most 2000k/s, or unlimited`);
  }
  return problems;
}
