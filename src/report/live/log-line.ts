import type { Progress } from "../../analysis/live/progress.ts";
import { tally } from "../../analysis/words.ts";
import { floored } from "./bar.ts";
import { milliseconds } from "./milliseconds.ts";

/** A second of a run as one line of a log: the same numbers in the same columns in each; what the kernel logged in that second comes last. */
export function renderLogLine(progress: Progress): string {
  const { phase, phases, kind, elapsedMs, plannedMs, count, max, plannedPps, earlyDropPps, kernelLine, atMs } = progress;
  const time = `${seconds(elapsedMs)}${plannedMs === null ? "" : `/${seconds(plannedMs)}`} s`;
  const share = count === null || max === null || max === 0 ? "unknown" : floored(count / max);
  return [
    `${phase + 1}/${phases} ${kind.padEnd(4)} ${time.padStart(11)}`,
    `table ${share.padStart(7)}`,
    `${rate(progress.attemptedPps)} q/s${plannedPps === null ? " ".repeat(11) : ` of${rate(plannedPps)}`}`,
    `${rate(progress.epermPps)} EPERM/s`,
    `${rate(earlyDropPps)} early drops/s`,
    `${rate(progress.answeredPps)} answers/s`,
    `p50 ${milliseconds(progress.p50Ms).padStart(7)}  p99 ${milliseconds(progress.p99Ms).padStart(7)}`,
    ...(kernelLine !== null && atMs - kernelLine.atMs < 1000 ? [kernelLine.text] : []),
  ].join("  ");
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const rate = (pps: number | null): string => (pps === null ? "?" : tally(pps)).padStart(8);
