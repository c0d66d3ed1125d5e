import { remember } from "../analysis/live/history.ts";
import type { Progress } from "../analysis/live/progress.ts";
import { renderLogLine } from "../report/live/log-line.ts";
import { renderLive, type ViewSize } from "../report/live/view.ts";
import { renderProgress } from "../report/progress.ts";
import { LiveScreen } from "./live-screen.ts";

/** Of a terminal that does not know its size: a serial line, or a container's. */
const COLUMNS = 80;
const ROWS = 24;

/** Live progress on standard error: in place on a terminal, a line a second elsewhere. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Writes a line that stays. */
  say(text: string): void;
  /** The run was told to stop. */
  stopping(): void;
  /** Takes away what is no longer so. */
  end(): void;
}

/** How progress looks. `log`: null where a log needs no more than the lines that stay. */
interface Look {
  frame(now: Progress, size: ViewSize, stopping: boolean): string[];
  log: ((now: Progress) => string) | null;
}

/** The whole view of a run. */
export function runProgress({ quiet, scenario, router }: { quiet: boolean; scenario: string; router: boolean }): ProgressDisplay {
  let history: Progress[] = [];
  return display({
    frame(now, size, stopping) {
      history = remember(history, now);
      return renderLive({ scenario, router, stopping, history }, size);
    },
    log: renderLogLine,
  }, quiet);
}

/** One line, for commands that make many runs and tell of each when it is over. */
export function lineProgress({ quiet }: { quiet: boolean }): ProgressDisplay {
  return display({ frame: (now, { width }) => [renderProgress(now, width)], log: null }, quiet);
}

function display({ frame, log }: Look, quiet: boolean): ProgressDisplay {
  const { stderr } = process;
  if (quiet) return { show() {}, say() {}, stopping() {}, end() {} };
  if (stderr.isTTY !== true || process.env["TERM"] === "dumb") return logDisplay(log);
  const screen = new LiveScreen(stderr);
  let now: Progress | null = null;
  let stopping = false;
  const draw = (above = ""): void => {
    // A line that fills the last column would leave the cursor where terminals disagree; the last row is the cursor's.
    const size = { width: (stderr.columns || COLUMNS) - 1, height: (stderr.rows || ROWS) - 1, color: !process.env["NO_COLOR"] };
    screen.draw(now === null ? [] : frame(now, size, stopping), above);
  };
  const redraw = (): void => draw();
  stderr.on("resize", redraw);
  return {
    show(progress) {
      now = progress;
      draw();
    },
    say: (text) => draw(text),
    stopping() {
      stopping = true;
      draw();
    },
    end() {
      now = null;
      screen.clear();
      stderr.off("resize", redraw);
    },
  };
}

function logDisplay(log: Look["log"]): ProgressDisplay {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  let lastS = 0;
  return {
    show(progress) {
      const second = Math.floor(progress.atMs / 1000);
      if (log === null || second <= lastS) return;
      lastS = second;
      say(log(progress));
    },
    say,
    stopping: () => say("stopping, the report follows; another signal quits at once"),
    end() {},
  };
}
