import { spawnSync } from "node:child_process";
import { UserError } from "../errors.ts";

/** Shows a file in whatever the desktop opens it with. Throws UserError where that cannot be. */
export function openFile(file: string): void {
  const { error, status } = spawnSync("xdg-open", [file], { stdio: "ignore", timeout: 10_000 });
  if (error === undefined && status === 0) return;
  const why = error === undefined ? `xdg-open ended with ${status}` : "xdg-open cannot be started";
  throw new UserError(`--open: ${why}; open it by hand: ${file}`);
}
