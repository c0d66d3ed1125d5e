import fs from "node:fs";

const CTRL_C = "\u0003";

/** Calls `act` when a key is pressed on this terminal, without a return; does nothing where standard input is none, or is another job's. */
export function onKey(key: string, act: () => void): { end(): void } {
  const { stdin } = process;
  if (!stdin.isTTY || !inForeground()) return { end() {} };
  const onData = (pressed: string): void => {
    if (pressed === key) act();
    // In raw mode the terminal makes no signal of it.
    if (pressed === CTRL_C) process.kill(process.pid, "SIGINT");
  };
  stdin.setRawMode(true).setEncoding("utf8").on("data", onData).resume();
  return {
    end() {
      stdin.off("data", onData).setRawMode(false).pause();
    },
  };
}

/** A job in the background that touches its terminal is stopped (SIGTTOU). */
function inForeground(): boolean {
  const stat = fs.readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}
