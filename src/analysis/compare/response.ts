import { NEARLY_FULL, responsePoints } from "../correlation.ts";
import type { ResponsePoint } from "../correlation.ts";
import { modelApplies } from "../model-check.ts";
import type { ToldRun } from "../told-run.ts";
import type { RunGroup } from "./compared-run.ts";

/** How the share of refused sends went with the occupancy in one run, and what the model says of its full table; null where it says nothing. */
export interface RunResponse {
  points: ResponsePoint[];
  predicted: number | null;
}

/** The same of a group: all of its runs together, a point for each stretch of occupancy that they met. */
export interface GroupResponse extends RunResponse {
  name: string;
}

/** Stretches of occupancy below a full table: as many as can be told apart beside those of other groups. */
const CELLS = 40;

/** Reduces a run to its response. */
export function runResponse({ summary, timeline }: Pick<ToldRun, "summary" | "timeline">): RunResponse {
  return { points: responsePoints(timeline), predicted: modelApplies(summary) ? summary.model.predictedEpermShare : null };
}

/** The responses of groups, on one grid of occupancy; groups of which no run is known are left out. */
export function groupResponses(groups: readonly RunGroup[]): GroupResponse[] {
  const known = groups.map(({ name, runs }) => ({ name, runs: runs.flatMap(({ curves }) => curves?.response ?? []) })).filter(({ runs }) => runs.length > 0);
  const all = known.flatMap(({ runs }) => runs.flatMap(({ points }) => points));
  const lowest = all.reduce((least, { occupancy }) => Math.min(least, occupancy), NEARLY_FULL);
  const cellOf = ({ occupancy }: ResponsePoint): number => (occupancy >= NEARLY_FULL ? CELLS : Math.floor(((occupancy - lowest) / (NEARLY_FULL - lowest)) * CELLS));
  return known.map(({ name, runs }) => ({
    name,
    points: together(runs.flatMap(({ points }) => points), cellOf),
    predicted: mean(runs.flatMap(({ predicted }) => predicted ?? [])),
  }));
}

/** One point for each cell: at the mean occupancy of its sends, a full table at 1. */
function together(points: readonly ResponsePoint[], cellOf: (point: ResponsePoint) => number): ResponsePoint[] {
  const cells = new Map<number, { attempted: number; eperm: number; filled: number }>();
  for (const point of points) {
    const cell = cellOf(point);
    const sums = cells.get(cell) ?? { attempted: 0, eperm: 0, filled: 0 };
    sums.attempted += point.attempted;
    sums.eperm += point.share * point.attempted;
    sums.filled += point.attempted * (cell === CELLS ? 1 : point.occupancy);
    cells.set(cell, sums);
  }
  return [...cells.values()].map(({ attempted, eperm, filled }) => ({ occupancy: filled / attempted, share: eperm / attempted, attempted })).sort((a, b) => a.occupancy - b.occupancy);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
