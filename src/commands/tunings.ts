import { renderTunings } from "../report/tunings.ts";
import { defineCommand } from "./command.ts";
import { reportStyle } from "./terminal.ts";

export const TUNINGS_COMMAND = defineCommand<object>({
  options: {},
  examples: [
    { words: "tunings", about: "all of them; each name fits --tuning and --tunings" },
    { words: "tunings | less", about: "a screen at a time" },
  ],
  carryOut: tuningsCommand,
});

/** `tablefull tunings`: every tuning with what it changes, its trap and its cost. */
function tuningsCommand(): void {
  process.stdout.write(renderTunings(reportStyle()));
}
