import path from "node:path";
import { interleaved, type Turn } from "../analysis/statistics/interleave.ts";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import { BASELINE, type SeriesRecord, storeSeries } from "../store/series.ts";
import type { LabOrder } from "./lab-protocol.ts";
import { summarizeStored } from "./summarize-stored.ts";
import { type RunEvents, superviseRun } from "./supervise.ts";

/** What a command wants to hear of a series, beside what it hears of each run. */
export interface SeriesEvents extends RunEvents {
  onTurn(turn: Turn, left: number): void;
  onRefused(name: string, why: string): void;
}

/** The runs of a series that are still to be made, in their order. */
export function turnsLeft({ tunings, rounds, seed, runs, refused }: SeriesRecord): Turn[] {
  const done = new Set(runs.map(({ round, name }) => `${round} ${name}`));
  const out = new Set(refused.map(({ name }) => name));
  return interleaved([BASELINE, ...tunings], { rounds, seed }).filter(({ round, name }) => !done.has(`${round} ${name}`) && !out.has(name));
}

/**
 * Makes the runs of a series that are left, each in a fresh lab, and stores the series after each. A tuning that cannot be
 * carried out, or that had no effect, is refused and not tried again; the baseline's failure ends the series. Gives "interrupted" when
 * `signal` ends a run early; that run is not a part of the series.
 */
export async function carryOutSeries(
  { directory, series, planFor, version }: { directory: string; series: SeriesRecord; planFor: (name: string) => Plan; version: string },
  { events, signal }: { events: SeriesEvents; signal: AbortSignal },
): Promise<"finished" | "interrupted"> {
  const order: Omit<LabOrder, "plan" | "privilege"> = {
    scenario: { file: series.scenarioFile, text: series.scenarioText },
    results: directory,
    version,
  };
  for (let left = turnsLeft(series); left.length > 0; left = turnsLeft(series)) {
    const [turn] = left as [Turn];
    if (signal.aborted) return "interrupted";
    events.onTurn(turn, left.length);
    try {
      const end = await superviseRun({ ...order, plan: planFor(turn.name) }, { events, signal });
      if (end.state === "interrupted") return "interrupted";
      summarizeStored(end.directory, { keep: true });
      series.runs.push({ ...turn, directory: path.basename(end.directory) });
    } catch (error) {
      if (turn.name === BASELINE || !(error instanceof UserError)) throw error;
      series.refused.push({ name: turn.name, why: error.message });
      events.onRefused(turn.name, error.message);
    }
    storeSeries(directory, series);
  }
  return "finished";
}
