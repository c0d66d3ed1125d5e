import fs from "node:fs";
import path from "node:path";
import type { Options } from "yargs";
import { FORMAT_NAMES } from "../report/formats/names.ts";
import { TUNINGS } from "../scenario/scenario.ts";
import { isRunDirectory, isSeries } from "../store/run-files.ts";
import { type Command, defineCommand, nameOf, optionsOf } from "./command.ts";
import { RESULTS } from "./flags.ts";

export const COMPLETION_COMMAND = defineCommand<object>({
  options: {},
  examples: [
    { words: "completion >> ~/.bashrc", about: "from the next shell on" },
    { words: "completion > /tmp/tablefull.sh && source /tmp/tablefull.sh", about: "in this shell alone" },
  ],
  carryOut: (_flags, { printCompletionScript }) => printCompletionScript(),
});

/** What there is to choose from, by the name of the option or positional that it is for; `results` is where runs are stored. */
const CHOICES: Record<string, (results: string) => readonly string[]> = {
  scenario: () => [...filesIn(".", ".yaml"), ...filesIn("scenarios", ".yaml")],
  run: (results) => directoriesIn(results).filter(isRunDirectory),
  baseline: (results) => directoriesIn(path.join(results, "reference")).filter(isRunDirectory),
  resume: (results) => directoriesIn(results).filter(isSeries),
  tuning: () => TUNINGS,
  tunings: () => TUNINGS,
  format: () => FORMAT_NAMES,
};

/**
 * The values that may stand where the last of these words does; null where a command or an option's name is due. Empty where
 * it may be any word: a shell then offers files. `words` begin with the program's name, as shells pass them.
 */
export function valuesFor(words: readonly string[], commands: readonly Command[]): string[] | null {
  const [, name, ...rest] = words;
  const command = commands.find((one) => nameOf(one) === name);
  const typed = rest.at(-1);
  if (command === undefined || typed === undefined) return null;
  // bash makes --format=csv three words.
  const before = rest.slice(0, -1).filter((word) => word !== "=");
  const [, glued, value = typed] = /^(--[\w-]+)=(.*)$/s.exec(typed) ?? [];
  const option = awaiting(glued ?? before.at(-1), command);
  const kind = option?.name ?? (typed.startsWith("-") ? null : positionalAfter(before, command));
  if (kind === null) return null;
  const choices = option?.choices ?? CHOICES[kind]?.(resultsOf(before)) ?? [];
  // Of a list, or NAME=RUN,RUN, the last part is completed.
  const kept = typed.slice(0, typed.length - value.length) + value.slice(0, value.search(/[^,=]*$/));
  return choices.map((choice) => kept + choice).filter((choice) => choice.startsWith(typed));
}

/** The option that a word leaves without its value. */
function awaiting(word: string | undefined, command: Command): { name: string; choices: readonly string[] | undefined } | null {
  if (word === undefined || !word.startsWith("-")) return null;
  const typed = word.replace(/^--?/, "");
  const [name, option] = Object.entries<Options>(optionsOf(command)).find(([long, { alias }]) => long === typed || alias === typed) ?? [];
  return name === undefined || option?.type === "boolean" ? null : { name, choices: option?.choices?.map(String) };
}

/** What kind of word comes next, beside options; null where none does. */
function positionalAfter(before: readonly string[], command: Command): string | null {
  if (command.words !== undefined) return command.words.kind;
  const given = before.filter((word, index) => !word.startsWith("-") && awaiting(before[index - 1], command) === null);
  return Object.keys(command.positionals ?? {})[given.length] ?? null;
}

function resultsOf(before: readonly string[]): string {
  const at = before.indexOf("--results");
  return (at === -1 ? undefined : before[at + 1]) ?? RESULTS.default;
}

function filesIn(directory: string, extension: string): string[] {
  return entriesOf(directory).filter((entry) => entry.isFile() && entry.name.endsWith(extension)).map(({ name }) => path.join(directory, name));
}

function directoriesIn(directory: string): string[] {
  return entriesOf(directory).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(directory, name));
}

function entriesOf(directory: string): fs.Dirent[] {
  try {
    return fs.readdirSync(directory, { withFileTypes: true });
  } catch {
    // While somebody types, what cannot be read offers nothing.
    return [];
  }
}
