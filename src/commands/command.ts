import type { Argv, Options, PositionalOptions } from "yargs";
import { EXIT } from "../errors.ts";
import type { StartedLab } from "../run/start-lab.ts";
import { wrap, wrapCommand } from "../report/style.ts";

/** What each exit code means, where a command says nothing else. */
export const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  [EXIT.ok]: "as expected",
  [EXIT.userMistake]: "your input or this machine",
  [EXIT.bug]: "a bug",
  [EXIT.expectationFailed]: "another verdict than expected, books that do not balance, a threshold crossed, or worse than the baseline",
  [EXIT.interrupted]: "interrupted",
};

/** A command line that works as it stands, and what it is for. */
export interface Example {
  /** After `tablefull`: "check my.yaml"; a pipe or a redirection may follow. */
  words: string;
  about: string;
}

/** What a command may need of the program around it. */
export interface Context {
  version: string;
  /** The lab of `run`, which nobody may have needed yet; null where there is none. */
  lab: StartedLab | null;
  everyCommand(): Promise<readonly Command[]>;
  /** Prints the script that makes a shell complete command lines. */
  printCompletionScript(): void;
}

/** What is said of a command in a list of them. */
export interface Outline {
  /** As yargs takes it: "run <scenario>". */
  usage: string;
  about: string;
}

/** What is in a command's file, as data: yargs, the manual page, completion in a shell and the tests read it. */
export interface Definition {
  positionals?: Record<string, PositionalOptions>;
  /** Words in any number, of which yargs would keep the last: `usage` as shown ("RUN RUN..."), `kind` as a positional is called. */
  words?: { usage: string; about: string; kind: string };
  /** Options by the heading that they stand under. */
  options: Record<string, Record<string, Options>>;
  /** Flags of other commands that are typed here out of habit, and what to type instead. */
  elsewhere?: Readonly<Record<string, string>>;
  examples: readonly [Example, Example, ...Example[]];
  /** Where they tell more than success or failure. */
  exitCodes?: Readonly<Record<number, string>>;
  /** Carries the command out. Gives the exit code, or nothing for 0. */
  carryOut(flags: Flags, context: Context): ExitCode | Promise<ExitCode>;
}

/** A command in full. */
export type Command = Outline & Definition;

/** As yargs read them: what they are is up to the command. */
export type Flags = Record<string, unknown>;
type ExitCode = number | void;

/** A command whose flags, once yargs has checked them against its options, are of a type. */
export function defineCommand<T>(command: Omit<Definition, "carryOut"> & { carryOut(flags: T, context: Context): ExitCode | Promise<ExitCode> }): Definition {
  return { ...command, carryOut: (flags, context) => command.carryOut(flags as T, context) };
}

export function nameOf({ usage }: Pick<Outline, "usage">): string {
  return usage.split(" ")[0] ?? usage;
}

/** Every option of a command, whatever it stands under. */
export function optionsOf({ options = {} }: Partial<Pick<Definition, "options">>): Record<string, Options> {
  return Object.assign({}, ...Object.values(options));
}

/** What is said of an option: its choices and its default belong to it. */
export function describeOption({ describe = "", choices, default: standard }: Options): string {
  const named = choices === undefined ? "" : `: ${choices.join(", ")}`;
  return `${describe}${named}${standard === undefined || standard === false ? "" : ` (default ${String(standard)})`}`;
}

export function isInFull(command: Command | Outline): command is Command {
  return "carryOut" in command;
}

/** Tells yargs of a command; `carryOut` gets what was typed for it. An outline is listed, and cannot be carried out. */
export function addCommand(parser: Argv, command: Command | Outline, { carryOut, ...how }: HelpLook & { carryOut(command: Command, flags: Flags): Promise<void> | void }): Argv {
  const { usage, about } = command;
  if (!isInFull(command)) return parser.command(usage, about);
  const { words } = command;
  return parser.command(
    usage,
    about,
    (y) => build(y, command, how),
    ({ _: [, ...rest], ...flags }) => carryOut(command, words === undefined ? flags : { ...flags, words: rest.map(String) }),
  );
}

/** How wide help is, and whether there is no need for it. */
interface HelpLook {
  width: number;
  brief: boolean;
}

function build(parser: Argv, command: Command, { width, brief }: HelpLook): Argv {
  const { about, positionals = {}, words, options, examples, exitCodes } = command;
  for (const [name, positional] of Object.entries(positionals)) parser.positional(name, positional);
  if (words !== undefined) parser.usage(`$0 ${nameOf(command)} ${words.usage}\n\n${about}\n\n${words.about}`).strict(false).strictOptions();
  for (const [heading, group] of Object.entries(options)) {
    for (const [name, option] of Object.entries(group)) parser.option(name, { ...option, describe: describeOption(option), hidden: brief });
    parser.group(Object.keys(group), `${heading}:`);
  }
  if (brief) return parser;
  addExamples(parser, examples, width);
  return exitCodes === undefined ? parser : parser.epilogue(exitCodeLine(exitCodes));
}

/** That yargs leaves left and right of an example. */
const MARGIN = 2;

/** What it is for stands above: at 80 columns, two columns of text would break most commands. `width` is that of the whole help. */
export function addExamples(parser: Argv, examples: readonly Example[], width: number): void {
  const room = width - 2 * MARGIN;
  for (const { words, about } of examples) {
    const comment = wrap(about, { width: room, first: "# ", indent: "# " });
    // No further indent: yargs trims lines.
    parser.example(`${comment}\n${wrapCommand(`tablefull ${words}`, { width: room, first: "", indent: "" })}`, "");
  }
}

export function exitCodeLine(exitCodes: Readonly<Record<number, string>>): string {
  return `Exit codes: ${Object.entries(exitCodes).map(([code, meaning]) => `${code} ${meaning}`).join("; ")}.`;
}
