import type { Progress } from "../analysis/meter.ts";
import { renderProgress } from "../report/progress.ts";

const FALLBACK_WIDTH = 80;
/** In a log file a line a second is enough. */
const LOG_EVERY_MS = 1000;

/** What a report may use of this standard output. */
export function reportStyle(): { color: boolean; width: number } {
  return { color: process.stdout.isTTY === true && !process.env["NO_COLOR"], width: Math.max(60, process.stdout.columns ?? FALLBACK_WIDTH) };
}

/** Live progress on standard error: one line that updates in place on a terminal, a line a second elsewhere. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Writes a line that stays. */
  say(text: string): void;
  end(): void;
}

/** `log`: false where a log file needs no more than the lines that stay. */
export function progressLine({ quiet, log = true }: { quiet: boolean; log?: boolean }): ProgressLine {
  const { stderr } = process;
  const inPlace = stderr.isTTY === true;
  let shown = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (shown) stderr.write("\r\u001b[K");
    shown = false;
  };
  return {
    show(progress) {
      if (quiet) return;
      const line = renderProgress(progress, (stderr.columns ?? FALLBACK_WIDTH + 20) - 1);
      if (inPlace) {
        stderr.write(`\r\u001b[K${line}`);
        shown = true;
      } else if (log && performance.now() - lastMs >= LOG_EVERY_MS) {
        lastMs = performance.now();
        stderr.write(`${line}\n`);
      }
    },
    say(text) {
      clear();
      if (!quiet) stderr.write(`${text}\n`);
    },
    end: clear,
  };
}
