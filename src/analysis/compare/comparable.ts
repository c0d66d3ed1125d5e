import type { RunGroup } from "./compared-run.ts";
import type { EnvironmentDifference } from "./comparison.ts";
import { environmentDifferences } from "./environment.ts";
import { settingText } from "./settings.ts";

type Kind = EnvironmentDifference["kind"];

/** Differences that leave nothing to conclude from numbers that depend on them, unless they are what is tried. */
const DECISIVE: ReadonlySet<Kind> = new Set(["scenario", "engine", "max", "buckets", "kernel", "host"]);

/** Those of them that no scenario asks for. */
const OF_MACHINE: ReadonlySet<Kind> = new Set(["kernel", "host"]);

/** Why the runs of one group cannot stand for one another; empty where they can. */
export function groupDoubts({ name, runs }: RunGroup): string[] {
  const [first, ...rest] = runs;
  if (first === undefined) return [`${name} holds no run`];
  const unlike = rest.flatMap((run) => decisive(environmentDifferences(first, run), new Set([...DECISIVE, "tuning"])).map((text) => `the runs of ${name} differ: ${text}`));
  const ends = runs.flatMap(({ run: { watched }, summary: { run, verdict } }) => {
    if (watched !== undefined) return [`${run.id} of ${name} is a record of watch: it sent nothing that could be compared`];
    if (run.state !== "finished") return [`${run.id} of ${name} did not finish (${run.state === "running" ? "killed" : run.state})`];
    return verdict.doubtful === true ? [`the books of ${run.id} of ${name} do not balance`] : [];
  });
  return [...new Set([...unlike, ...ends])];
}

/** The differences among these that are decisive and that nothing asks for, in words. Two scenarios differ in all they say, and in what follows from that: that is one. */
export function decisive(differences: readonly EnvironmentDifference[], kinds: ReadonlySet<Kind> = DECISIVE): string[] {
  const named = differences.find(({ kind, what }) => kind === "scenario" && what === "name");
  return differences
    .filter((difference) => named === undefined || difference === named || OF_MACHINE.has(difference.kind))
    .filter(({ intendedBy, kind }) => kinds.has(kind) && (intendedBy === null || kind === "tuning"))
    .map((difference) => {
      const both = `${settingText(difference.base)} and ${settingText(difference.other)}`;
      return difference === named ? `they are different scenarios, ${both}` : `${difference.what} is ${both}`;
    });
}
