import type { LoadedScenario } from "../scenario/load.ts";
import { formatPath } from "../scenario/problems.ts";
import type { Path } from "../scenario/problems.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { flagOf } from "./overrides.ts";
import type { Overrides } from "./overrides.ts";
import type { Machine } from "./plan.ts";

/** What every part of planning sees. */
export interface Planning {
  /** With the overrides in place. */
  scenario: Scenario;
  machine: Machine;
  overrides: Overrides;
  /** `nf_conntrack_max` and `nf_conntrack_buckets` during the run. */
  table: { max: number; buckets: number };
  /** The max that fills are a share of: without tunings, as a bigger table must meet the same load. */
  fillMax: number;
  problems: Problems;
}

/** Collects what stands in the way of a run, so that a person mends it all at once. */
export interface Problems {
  /** About a value of the file, or about the flag that replaced it. */
  at: (path: Path, message: string, replacedBy?: keyof Overrides) => void;
  /** About the machine or the command line as a whole. */
  add: (line: string) => void;
  lines: () => string[];
}

/** Descriptors that are not the load's: standard streams, event loops, the run's own files. */
const OWN_FILES = 64;

/** Most sockets that the senders may have open at once. */
export function socketLimit(machine: Machine): number {
  return Math.max(0, machine.openFilesHard - OWN_FILES);
}

export function problemsOf(loaded: LoadedScenario, overrides: Overrides): Problems {
  const lines: string[] = [];
  return {
    at: (path, message, replacedBy) => {
      const flag = replacedBy === undefined ? null : flagOf(overrides, replacedBy);
      lines.push(flag === null ? `${loaded.locate(path)}: ${formatPath(path)}: ${message}` : `${flag}: ${message}`);
    },
    add: (line) => void lines.push(line),
    lines: () => [...new Set(lines)],
  };
}

export function tooManySockets(what: string, machine: Machine, instead: string): string {
  return `${what} are more sockets than the ${socketLimit(machine)} this process may open; ${instead}, or raise the limit (as root: ulimit -Hn 1048576)`;
}
