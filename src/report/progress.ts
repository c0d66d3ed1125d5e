import type { Progress } from "../analysis/meter.ts";
import { tally } from "../analysis/words.ts";

const BAR_CELLS = 20;

/** One line of at most `width` columns: phase, time, occupancy bar, queries, answers and EPERM per second. */
export function renderProgress(view: Progress, width: number): string {
  const { count, max } = view;
  const time = `${seconds(view.elapsedMs)}${view.plannedMs === null ? "" : `/${seconds(view.plannedMs)}`} s`;
  const share = count === null || max === null || max === 0 ? null : count / max;
  const table = share === null ? "table unknown" : `${bar(share)} ${(share * 100).toFixed(1).padStart(5)} %`;
  const parts = [
    `${view.phase + 1}/${view.phases} ${view.kind.padEnd(4)} ${time.padStart(9)}`,
    table,
    `${rate(view.attemptedPps)} q/s`,
    `${rate(view.epermPps)} EPERM/s`,
    `${rate(view.answeredPps)} answers/s`,
  ];
  return parts.join("  ").slice(0, width);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const rate = (pps: number): string => tally(Math.round(pps)).padStart(7);

function bar(share: number): string {
  const full = Math.min(BAR_CELLS, Math.floor(share * BAR_CELLS));
  return "█".repeat(full) + "░".repeat(BAR_CELLS - full);
}
