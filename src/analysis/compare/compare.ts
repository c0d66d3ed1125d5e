import { RESAMPLES, SEED } from "../statistics/mean-difference.ts";
import { decisive, groupDoubts } from "./comparable.ts";
import type { RunGroup } from "./compared-run.ts";
import { METRIC_NAMES } from "./comparison.ts";
import type { Comparison, Contender, MetricComparison } from "./comparison.ts";
import { compareMetric } from "./difference.ts";
import { environmentDifferences } from "./environment.ts";
import { overallWord } from "./overall.ts";
import { compareVerdicts, countVerdicts } from "./verdicts.ts";

/**
 * Holds groups of runs against a baseline: what differs, by how much, whether that is more than noise, and whether the groups
 * can be compared at all. Pure: the same runs give the same words. Whoever calls decides what to do of `incomparable`.
 *
 * @param noise what counts as no difference, as a share of the baseline's value, 0 to 1
 */
export function compareGroups(base: RunGroup, others: readonly RunGroup[], { noise }: { noise: number }): Comparison {
  return {
    schemaVersion: 1,
    noise,
    level: 0.95,
    resamples: RESAMPLES,
    seed: SEED,
    base: told(base),
    contenders: others.map((other) => contender(base, other, noise)),
  };
}

function contender(base: RunGroup, other: RunGroup, noise: number): Contender {
  const [before, after] = [summaries(base), summaries(other)];
  const [first, firstOther] = [base.runs[0], other.runs[0]];
  const environment = first === undefined || firstOther === undefined ? [] : environmentDifferences(first, firstOther);
  const metrics = METRIC_NAMES.map((name): MetricComparison => compareMetric(name, before, after, noise));
  return {
    ...told(other),
    incomparable: [...decisive(environment), ...groupDoubts(base), ...groupDoubts(other)],
    environment,
    verdict: compareVerdicts(before, after),
    metrics,
    overall: overallWord(metrics),
  };
}

function told({ name, runs }: RunGroup): Comparison["base"] {
  return { name, runs: runs.map(({ summary }) => summary.run.id), verdicts: countVerdicts(runs.map(({ summary }) => summary)) };
}

function summaries({ runs }: RunGroup): RunGroup["runs"][number]["summary"][] {
  return runs.map(({ summary }) => summary);
}
