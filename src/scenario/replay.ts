import { BOUNDS } from "./bounds.ts";
import type { RatePoint } from "./shape.ts";

const LINE = /^\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*$/;
const INSTEAD = "write seconds and queries per second, for example 12.5,2000";

/**
 * A time series to replay: a line `seconds,rate` for each point. Empty lines, comments (#) and a heading are skipped; times count
 * from the first line's.
 */
export function parseReplay(text: string): { points: RatePoint[] } | { problem: { line: number; message: string } } {
  const points: RatePoint[] = [];
  const lineOf: number[] = [];
  let firstMs = 0;
  const lines = text.split(/\r?\n/);
  for (const [i, line] of lines.entries()) {
    if (/^\s*(#.*)?$/.test(line) || (points.length === 0 && /^\s*[a-z]\w*\s*,\s*[a-z]\w*\s*$/i.test(line))) continue;
    const found = LINE.exec(line);
    if (found === null) return { problem: { line: i + 1, message: `is not a time and a rate; ${INSTEAD}` } };
    const ratePps = Number(found[2]);
    if (ratePps > BOUNDS.ratePps) return { problem: { line: i + 1, message: `${found[2]} is more than ${BOUNDS.ratePps} queries per second; write a lower rate` } };
    const ms = Math.round(Number(found[1]) * 1e6) / 1000;
    if (points.length === 0) firstMs = ms;
    points.push({ atMs: Math.round((ms - firstMs) * 1000) / 1000, ratePps });
    lineOf.push(i + 1);
    if (points.length > BOUNDS.shapePoints) return { problem: { line: i + 1, message: `is beyond the ${BOUNDS.shapePoints} points that a replay may have; leave some out` } };
  }
  const problem = pointsProblem(points);
  if (problem === null) return { points };
  return { problem: { line: problem.index === null ? lines.length : (lineOf[problem.index] ?? 1), message: problem.message } };
}

/** What is wrong with a series as a whole, and at which of its points; null when nothing is. */
export function pointsProblem(points: readonly RatePoint[]): { index: number | null; message: string } | null {
  if (points.length < 2) return { index: null, message: "has fewer than two points; write at least a first and a last one" };
  for (const [index, { atMs }] of points.entries()) {
    if (atMs < (points[index - 1]?.atMs ?? 0)) return { index, message: "is earlier than the point before it; put the points in order" };
    if (atMs > BOUNDS.durationMs) return { index, message: "is more than 1h after the first point; leave it out" };
  }
  if (points[0]?.atMs !== 0) return { index: 0, message: "is not the start; write 0s as the first time" };
  if (points.at(-1)?.atMs === 0) return { index: null, message: "lasts no time; write a last point that is later than the first" };
  if (points.every(({ ratePps }) => ratePps === 0)) return { index: null, message: "never sends anything; write a rate above 0/s" };
  return null;
}
