import { commandLine } from "../../src/command-line.ts";
import { loadEveryCommand } from "../../src/command-list.ts";
import type { Command, Flags } from "../../src/commands/command.ts";

export const COMMANDS = await loadEveryCommand();

/** The command that words name and its flags, as the program's own parser reads them. Nothing is carried out. */
export function typed(...words: readonly string[]): { command: Command; flags: Flags } {
  let read: { command: Command; flags: Flags } | null = null;
  commandLine(words, { version: "0.0.0", width: 80, commands: COMMANDS, carryOut: (command, flags) => void (read = { command, flags }) }).parseSync();
  if (read === null) throw new Error(`${words.join(" ")}: names no command`);
  return read;
}

export function typedFlags<T>(...words: readonly string[]): T {
  return typed(...words).flags as T;
}
