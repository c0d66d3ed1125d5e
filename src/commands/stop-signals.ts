import { EXIT } from "../errors.ts";

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** What a run that is cut short leaves: its facts, and host-wide values that are restored at exit. */
export interface LeftBehind {
  directory: string | null;
  hostValues: boolean;
}

/**
 * The first signal ends the run in good order, with its name as the reason; a second one ends this process, which still
 * restores the host's values, and says what is left.
 */
export function stopOnSignals(left: LeftBehind): AbortSignal {
  const controller = new AbortController();
  for (const name of STOP_SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        // Added last, so the listener that restores has run by then.
        process.once("exit", () => process.stderr.write(`\n${lastWords(left)}\n`));
        process.exit(EXIT.interrupted);
      }
      controller.abort(name);
    });
  }
  return controller.signal;
}

/** Whether a write failed as nobody can read it any more: the terminal is gone (EIO), or whoever read has had enough (EPIPE). */
export function isUnread({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "EIO";
}

/** One line for whoever did not wait for the run's end. */
export function lastWords({ directory, hostValues }: LeftBehind): string {
  const facts = directory === null ? "nothing was stored" : `the facts so far are in ${directory} (tablefull report ${directory})`;
  return `stopped at once: ${facts}${hostValues ? "; host-wide values are restored" : ""}`;
}
