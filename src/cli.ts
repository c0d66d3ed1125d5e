#!/usr/bin/env node
import fs from "node:fs";
import { loadEveryCommand, loadNamed } from "./command-list.ts";
import { isUnread } from "./commands/stop-signals.ts";
import { EXIT, UserError } from "./errors.ts";
import { startLabAhead } from "./run/start-lab.ts";

// The only place that turns errors into exit codes.

const { version } = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
const words = process.argv.slice(2);
// It starts while yargs is loaded and the scenario read, which takes as long.
const lab = words[0] === "run" ? startLabAhead() : null;
const { asksForHelp, commandLine } = await import("./command-line.ts");
const parser = commandLine(words, {
  version,
  width: process.stdout.columns ?? 80,
  brief: !asksForHelp(words),
  commands: await loadNamed(words),
  async carryOut(command, flags) {
    const code = await command.carryOut(flags, { version, lab, everyCommand: loadEveryCommand, printCompletionScript: () => void parser.showCompletionScript() });
    process.exitCode = code ?? EXIT.ok;
  },
});

// Where nobody reads any more, a run still ends in good order.
process.stderr.on("error", () => {});
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (isUnread(error)) return;
  process.stderr.write(`tablefull: standard output: ${error.message}\n`);
  process.exitCode = EXIT.userMistake;
});

try {
  await parser.parseAsync();
} catch (error) {
  if (error instanceof UserError) {
    process.stderr.write(`tablefull: ${error.message}\n`);
    process.exitCode = EXIT.userMistake;
  } else {
    process.stderr.write(`tablefull: this is a bug; please report it with what follows\n${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = EXIT.bug;
  }
} finally {
  lab?.process.kill("SIGKILL");
}
