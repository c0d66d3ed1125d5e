import type { Progress } from "../analysis/live/progress.ts";
import { tally } from "../analysis/words.ts";
import { bar, floored } from "./live/bar.ts";

const MOST_CELLS = 20;
const FEWEST_CELLS = 5;
/** From this many columns on there is room for whole words. */
const ROOMY = 100;

/**
 * One line of at most `width` columns: phase, time, occupancy bar, queries (and how many were planned, where there is room), EPERM
 * and answers per second. The bar gives way first.
 */
export function renderProgress(view: Progress, width: number): string {
  const { count, max, plannedPps } = view;
  const roomy = width >= ROOMY;
  const time = `${seconds(view.elapsedMs)}${view.plannedMs === null ? "" : `/${seconds(view.plannedMs)}`} s`;
  const phase = `${view.phase + 1}/${view.phases} ${view.kind.padEnd(4)} ${time.padStart(9)}`;
  const planned = roomy && plannedPps !== null ? ` of${rate(plannedPps)}` : "";
  const rates = [`${rate(view.attemptedPps)}${planned} q/s`, `${rate(view.epermPps)} EPERM/s`, `${rate(view.answeredPps)} ${roomy ? "answers/s" : "ans/s"}`];
  const gap = roomy ? "  " : " ";
  const share = count === null || max === null || max === 0 ? null : count / max;
  const tableOf = (drawn: string): string => [phase, share === null ? "table unknown" : `${drawn} ${floored(share).padStart(7)}`, ...rates].join(gap);
  const cells = Math.min(MOST_CELLS, Math.max(FEWEST_CELLS, width - tableOf("").length));
  return tableOf(share === null ? "" : bar(share, cells)).slice(0, width);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const rate = (pps: number): string => tally(Math.round(pps)).padStart(7);
