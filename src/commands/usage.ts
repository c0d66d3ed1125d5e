import { nearest } from "../scenario/nearest.ts";
import { quote } from "../scenario/units.ts";
import { type Definition, nameOf, optionsOf, type Outline } from "./command.ts";

const EXAMPLE = "tablefull run scenarios/kernel-defaults.yaml";

type Known = Pick<Outline, "usage"> & Partial<Pick<Definition, "options" | "elsewhere">>;

/** What yargs says of a command line, in this program's words: what is wrong, and what to type instead, a line for each. */
export function explainUsage(message: string, words: readonly string[], commands: readonly Known[]): string {
  const [name = ""] = words;
  const command = commands.find((known) => nameOf(known) === name);
  if (message.startsWith("Not enough non-option arguments")) return `${name} needs a scenario, for example: ${EXAMPLE.replace("run", name)}`;
  if (message.startsWith("Invalid values:")) return message.split("\n").flatMap(explainChoice).join("\n");
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1]?.split(", ");
  if (unknown === undefined) return message.replaceAll(/\s*\n\s*/g, " ");
  if (command === undefined) {
    const names = commands.map(nameOf);
    const near = nearest(name, names);
    return `${name} is no command; ${near === null ? `there are ${names.join(", ")}` : `did you mean ${near}?`}`;
  }
  // yargs names a flag with a dash in it a second time, in camel case.
  const typed = unknown.flatMap((word) => words.find((one) => one === word || asFlag(one) === word) ?? []);
  return (typed.length === 0 ? unknown : typed).map((word) => explainUnknown(word, command)).join("\n");
}

/** `  Argument: engine, Given: "x", Choices: "libc", "dgram"` */
function explainChoice(line: string): string[] {
  const [, flag, given = "", choices = ""] = /^\s*Argument: (\S+), Given: (.*), Choices: (.*)$/.exec(line) ?? [];
  if (flag === undefined) return [];
  const unquoted = (text: string): string => text.replace(/^"(.*)"$/, "$1");
  const known = choices.split(", ").map(unquoted);
  return [`--${flag}: ${quote(unquoted(given))} is not known; write ${nearest(unquoted(given), known) ?? `one of ${known.join(", ")}`}`];
}

function explainUnknown(word: string, command: Known): string {
  const name = nameOf(command);
  const help = `see tablefull ${name} --help`;
  if (!word.startsWith("-")) {
    return command.usage.includes("<scenario>") ? `${name} takes one scenario, and ${word} is one more; leave one of them out` : `${name} has no use for ${word}; leave it out, or ${help}`;
  }
  const flag = asFlag(word);
  const shown = word.split("=")[0];
  const instead = command.elsewhere?.[flag];
  if (instead !== undefined) return `${name} does not know ${shown}; write ${instead}`;
  const near = flag.length < 2 ? null : nearest(flag, [...Object.keys(optionsOf(command)), "help", "version", "no-color"]);
  return near === null ? `${name} does not know ${shown}; ${help}` : `${name} does not know ${shown}; did you mean --${near}?`;
}

/** `--rate=5` as yargs calls it: rate. Of a word that is no flag nothing. */
function asFlag(word: string): string {
  return /^--?([^=]+)/.exec(word)?.[1] ?? "";
}
