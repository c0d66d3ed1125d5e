import fs from "node:fs";

const CTRL_Z = "\u001A";
/** In raw mode the terminal makes no signals of these. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = { "\u0003": "SIGINT", "\u001C": "SIGQUIT" };

/** Calls `act` when a key is pressed on this terminal, without a return; does nothing where standard input is none, and while another job has it. */
export function onKey(key: string, act: () => void): { end(): void } {
  const { stdin } = process;
  if (!stdin.isTTY) return { end() {} };
  const listen = (): void => {
    if (inForeground()) stdin.setRawMode(true).resume();
  };
  const leave = (): void => void stdin.setRawMode(false).pause();
  const onData = (pressed: string): void => {
    const signal = SIGNALS[pressed];
    if (pressed === key) act();
    else if (signal !== undefined) process.kill(process.pid, signal);
    else if (pressed === CTRL_Z) {
      leave();
      process.kill(process.pid, "SIGTSTP");
    }
  };
  stdin.setEncoding("utf8").on("data", onData);
  stdin.pause();
  process.on("SIGCONT", listen);
  listen();
  return {
    end() {
      process.off("SIGCONT", listen);
      stdin.off("data", onData);
      if (inForeground()) leave();
    },
  };
}

/** A job in the background that touches its terminal is stopped (SIGTTIN, SIGTTOU). */
function inForeground(): boolean {
  const stat = fs.readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}
