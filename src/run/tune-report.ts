import path from "node:path";
import { compareGroups } from "../analysis/compare/compare.ts";
import type { RunGroup } from "../analysis/compare/compared-run.ts";
import { effectsOf } from "../analysis/compare/remedies.ts";
import type { TuneReport } from "../analysis/compare/series.ts";
import { BASELINE, type SeriesRecord } from "../store/series.ts";
import { readCompared } from "./read-compared.ts";
import { turnsLeft } from "./tune.ts";

/** Holds the finished runs of a series against its baseline, which must have one. `groups`: the runs, the baseline first. */
export function reportSeries(directory: string, series: SeriesRecord, { scenario, noise }: { scenario: string; noise: number }): { report: TuneReport; groups: RunGroup[] } {
  const group = (name: string): RunGroup => ({
    name,
    runs: series.runs.filter((run) => run.name === name).map((run) => readCompared(path.join(directory, run.directory))),
  });
  const base = group(BASELINE);
  const others = series.tunings.map(group).filter(({ runs }) => runs.length > 0);
  const comparison = compareGroups(base, others, { noise });
  const report: TuneReport = {
    scenario,
    directory,
    rounds: series.rounds,
    seed: series.seed,
    comparison,
    effects: effectsOf(comparison),
    refused: series.refused,
    left: turnsLeft(series).length,
  };
  return { report, groups: [base, ...others] };
}
