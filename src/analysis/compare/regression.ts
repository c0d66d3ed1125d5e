import { decisive } from "./comparable.ts";
import type { ComparedRun } from "./compared-run.ts";
import type { EnvironmentDifference, MetricComparison, MetricName, Word } from "./comparison.ts";
import { compareMetric } from "./difference.ts";
import { environmentDifferences } from "./environment.ts";
import { settingsOf, settingText } from "./settings.ts";
import { compareVerdicts } from "./verdicts.ts";

/** Nothing that depends on how fast a machine is. */
const TIMELESS = ["answeredShare", "epermShare", "explainedShare"] as const satisfies readonly MetricName[];
/** These depend on how big the table is that a scenario fills. */
const OF_THE_TABLE: ReadonlySet<MetricName> = new Set(["answeredShare", "epermShare"]);

/** A run against one that was kept. */
export interface Regression {
  word: Word;
  verdict: { word: Word; why: string };
  metrics: MetricComparison[];
  /** What is another machine's matter: it is told, and refuses nothing. */
  environment: EnvironmentDifference[];
}

/**
 * Holds a run against a kept one of the same scenario, perhaps of another machine: by verdict and by counted shares, never by
 * speed. Worse as a whole where any of them is.
 *
 * @param noise what counts as no difference, as a share of the kept value, 0 to 1
 */
export function compareWithKept(kept: ComparedRun, run: ComparedRun, { noise }: { noise: number }): Regression {
  const environment = environmentDifferences(kept, run);
  const [otherTable] = decisive(environment, new Set(["max", "buckets"]));
  const verdict = compareVerdicts([kept.summary], [run.summary]);
  const metrics = TIMELESS.map((name): MetricComparison => {
    const compared = compareMetric(name, [kept.summary], [run.summary], noise);
    return otherTable !== undefined && OF_THE_TABLE.has(name) ? { ...compared, word: "cannot tell", why: `another table: ${otherTable}` } : compared;
  });
  const words = new Set([verdict.word, ...metrics.map(({ word }) => word)]);
  return { word: RANKED.find((word) => words.has(word)) ?? "cannot tell", verdict, metrics, environment };
}

/** What one of them says, the whole says. */
const RANKED: readonly Word[] = ["worse", "better", "no difference", "cannot tell"];

/** What two plans ask for differently, in words: empty where they are of one scenario. */
export function scenarioChanges(kept: unknown, now: unknown): string[] {
  const [before, after] = [settingsOf(kept).scenario, settingsOf(now).scenario];
  // Of two stories every word differs, and it need not be told.
  if (before.get("name") !== after.get("name")) return [`it is of ${settingText(before.get("name"))}, and this is ${settingText(after.get("name"))}`];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((what) => before.get(what) !== after.get(what))
    .map((what) => `${what} was ${settingText(before.get(what))} and is ${settingText(after.get(what))}`);
}
