import type { Progress } from "./progress.ts";

/** What one cell of a history stands for. */
export const CELL_MS = 500;
/** More than any terminal has columns for. */
const MOST_CELLS = 600;

/** A history, oldest first, with what is known now: it stands for its half second until a later one comes. */
export function remember(history: readonly Progress[], now: Progress): Progress[] {
  const last = history.at(-1);
  const kept = last !== undefined && cellOf(last) === cellOf(now) ? history.slice(0, -1) : history;
  return [...kept, now].slice(-MOST_CELLS);
}

function cellOf({ atMs }: Progress): number {
  return Math.floor(atMs / CELL_MS);
}
