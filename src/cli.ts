#!/usr/bin/env node
import fs from "node:fs";
import process from "node:process";
import { hideBin } from "yargs/helpers";
import { COMMANDS, commandLine } from "./command-line.ts";
import { isUnread } from "./commands/stop-signals.ts";
import { EXIT, UserError } from "./errors.ts";

// The only place that turns errors into exit codes.

const { version } = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
const parser = commandLine(hideBin(process.argv), {
  version,
  width: process.stdout.columns ?? 80,
  async carryOut(command, flags) {
    const code = await command.carryOut(flags, { version, commands: COMMANDS, printCompletionScript: () => void parser.showCompletionScript() });
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
}
