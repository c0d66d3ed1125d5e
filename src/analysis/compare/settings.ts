import { z } from "zod";
import { formatPath } from "../../scenario/problems.ts";
import type { Path } from "../../scenario/problems.ts";

/** What a stored plan says of its scenario, without what changes nothing of the run or is compared apart. */
const plan = z.object({
  scenario: z.record(z.string(), z.unknown()),
  table: z.object({ max: z.number(), buckets: z.number() }),
  target: z.unknown(),
  phases: z.array(z.looseObject({ engine: z.string().optional() })),
});
const ELSEWHERE = new Set(["about", "expect", "thresholds", "table", "tunings"]);

/** The settings of a run as names and texts, so that two runs can be held side by side. */
export interface Settings {
  scenario: Map<string, string>;
  /** The engine that each load had, whatever `auto` was taken for. */
  engine: Map<string, string>;
  table: { max: number; buckets: number } | null;
  /** The scenario's own `table:`. */
  wanted: Map<string, string>;
}

/** Reads the settings from the plan of a run; empty where it has none. */
export function settingsOf(stored: unknown): Settings {
  const found = plan.safeParse(stored).data;
  const empty = new Map<string, string>();
  if (found === undefined) return { scenario: empty, engine: empty, table: null, wanted: empty };
  const { scenario, phases, table, target } = found;
  const said = Object.fromEntries(Object.entries(scenario).filter(([key]) => !ELSEWHERE.has(key)));
  const leaves = flatten({ ...said, target }).filter(([path]) => path.at(-1) !== "engine");
  return {
    scenario: new Map(leaves.map(([path, value]) => [formatPath(path), value])),
    engine: new Map(phases.flatMap(({ engine }, index) => (engine === undefined ? [] : [[`phases[${index}].engine`, engine]]))),
    table,
    wanted: new Map(flatten(scenario["table"] ?? {}).map(([path, value]) => [formatPath(path), value])),
  };
}

const MOST_OF_VALUE = 60;

/** A value within a sentence; null is told as "not set". */
export function settingText(value: string | null | undefined): string {
  if (value === null || value === undefined) return "not set";
  return value.length <= MOST_OF_VALUE ? value : `${value.slice(0, MOST_OF_VALUE - 3)}...`;
}

/** Every value of a tree and where it stands; null and nothing are the same. */
function flatten(tree: unknown, path: Path = []): [Path, string][] {
  if (tree === null || tree === undefined) return [];
  if (typeof tree !== "object") return [[path, String(tree).replaceAll(/\s+/g, " ").trim()]];
  const steps = Array.isArray(tree) ? [...tree.entries()] : Object.entries(tree);
  return steps.flatMap(([step, value]) => flatten(value, [...path, step]));
}
