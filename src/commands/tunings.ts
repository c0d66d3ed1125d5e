import { renderTunings } from "../report/tunings.ts";
import { reportStyle } from "./terminal.ts";

/** `tablefull tunings`: every tuning with what it changes, its trap and its cost. */
export function tuningsCommand(): void {
  process.stdout.write(renderTunings(reportStyle()));
}
