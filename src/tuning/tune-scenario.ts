import { type Scenario, type TuningName, TUNINGS } from "../scenario/scenario.ts";
import { CATALOGUE } from "./catalogue.ts";
import { differences } from "./differences.ts";
import type { Change, Tuning } from "./tuning.ts";

/** A scenario with its tunings carried out, as far as they change it. */
export interface TunedScenario {
  scenario: Scenario;
  /** In the order of `scenario.tunings`: what each changed in the scenario; nothing for those that act in the lab. */
  changes: { name: TuningName; changes: Change[] }[];
  /** What stands in the way, by the place in `scenario.tunings`. */
  problems: { index: number; message: string }[];
}

/** Carries out what the scenario's tunings change in it; the order in which they are named does not matter. */
export function tuneScenario(untuned: Scenario): TunedScenario {
  const names = untuned.tunings;
  const changed = new Map<TuningName, Change[]>();
  let scenario = untuned;
  for (const name of TUNINGS.filter((known) => names.includes(known))) {
    const tuned = CATALOGUE[name].applyTo?.(scenario) ?? scenario;
    changed.set(name, differences(scenario, tuned));
    scenario = tuned;
  }
  const changes = names.map((name) => ({ name, changes: changed.get(name) ?? [] }));
  const clashes = problemsBy(names, (name, index) => clashOf(name, names.slice(0, index)));
  // What contradicts another also changes less than it would alone.
  const problems = clashes.length > 0 ? clashes : problemsBy(names, (name) => futilityOf(name, { untuned, tuned: scenario, changed: changed.get(name)?.length !== 0 }));
  return { scenario, changes, problems };
}

function problemsBy(names: readonly TuningName[], find: (name: TuningName, index: number) => string | null): TunedScenario["problems"] {
  return names.flatMap((name, index) => {
    const message = find(name, index);
    return message === null ? [] : [{ index, message }];
  });
}

/** Why a tuning cannot stand beside those named before it. */
function clashOf(name: TuningName, before: readonly TuningName[]): string | null {
  if (before.includes(name)) return `${name} is named twice; write it once`;
  for (const other of before) {
    const both = CATALOGUE[other].sets.find((setting) => CATALOGUE[name].sets.includes(setting));
    if (both !== undefined) return `${other} and ${name} contradict each other: both set ${both}; remove one of the two`;
  }
  return null;
}

/** Why a tuning would have no effect, or must not have one. */
function futilityOf(name: TuningName, { untuned, tuned, changed }: { untuned: Scenario; tuned: Scenario; changed: boolean }): string | null {
  const tuning = CATALOGUE[name];
  if (untuned.lab.topology === "host") return `${name} is refused in topology host: it would change this machine; remove it, or write topology: loopback`;
  if (!actsOnTable(tuning)) return changed ? null : `${name} changes nothing here: it is about ${tuning.changes}; remove it`;
  if (!isTracked(untuned)) return `${name} has nothing to act on: this lab tracks nothing; remove it, or write tracking: true`;
  if (!isTracked(tuned)) return `${name} has nothing to act on once another tuning ends tracking; remove one of the two`;
  return null;
}

/** Whether it does something to a table, rather than to what is sent. */
function actsOnTable({ steps, table }: Tuning): boolean {
  return steps !== undefined || table !== undefined;
}

/** Whether the namespace in question can track: rules of the scenario's own may turn tracking on, at the client. */
function isTracked({ lab: { tracking, ruleset, topology } }: Scenario): boolean {
  return tracking || (ruleset !== null && topology !== "gateway");
}
