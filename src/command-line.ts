import yargs, { type Argv } from "yargs";
import { addCommand, addExamples, type Command, type Example, EXIT_MEANINGS, exitCodeLine, type Flags, isInFull, nameOf, type Outline } from "./commands/command.ts";
import { valuesFor } from "./commands/completion.ts";
import { explainUsage } from "./commands/usage.ts";
import { UserError } from "./errors.ts";

const EXAMPLES: readonly Example[] = [
  { words: "run scenarios/kernel-defaults.yaml", about: "reproduce the failure; no root, nothing changed on the host" },
  { words: "tune scenarios/kernel-defaults.yaml --repeat 3", about: "which remedy helps?" },
  { words: "doctor", about: "can it happen on this machine?" },
];

const MOST_COLUMNS = 110;
/** Of the hidden command that yargs adds for itself; ours has a --help. */
const YARGS_COMPLETION = "completion-script";

type CompleteByYargs = (onCompleted: (error: Error | null, offered: string[] | undefined) => void) => void;

interface Setting {
  version: string;
  width: number;
  /** Nobody asked for help: yargs writes it all the same when a command is carried out, and would take as long for that as for the rest of its work. */
  brief?: boolean;
  /** Every command; those that the words name in full. */
  commands: readonly (Command | Outline)[];
  /** Called with the command that was typed. */
  carryOut(command: Command, flags: Flags): Promise<void> | void;
}

/** The parser of the command line. Usage that cannot be read throws UserError. */
export function commandLine(typed: readonly string[], { version, width, brief = false, commands, carryOut }: Setting): Argv {
  const words = typed[0] === "help" ? helpFor(typed.slice(1), commands) : typed;
  const columns = Math.min(MOST_COLUMNS, width);
  const parser = yargs(words)
    // Of a flag that is given twice the last counts, as everywhere; --no-eperm is a flag of its own, not the opposite of one.
    .parserConfiguration({ "duplicate-arguments-array": false, "boolean-negation": false, "parse-positional-numbers": false })
    .scriptName("tablefull")
    .completion(YARGS_COMPLETION, false, (_current: string, _argv: unknown, complete: CompleteByYargs, done: (values: string[]) => void) => {
      const values = valuesFor(words.slice(1), commands.filter(isInFull));
      if (values !== null) done(values);
      // yargs writes a short flag with two dashes where two are typed.
      else complete((_error, offered = []) => done(offered.filter((word) => !/^--\w(\W|$)/.test(word))));
    })
    .demandCommand(1, "name a command, for example: tablefull run scenarios/kernel-defaults.yaml")
    .strict()
    .version("version", "print the version", version)
    .help("help", "print this")
    .option("no-color", { type: "boolean", default: false, describe: "no colours, as with NO_COLOR in the environment", hidden: brief })
    .middleware((flags) => void (flags["no-color"] === true && (process.env["NO_COLOR"] = "1")), true)
    .wrap(brief ? null : columns)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UserError(explainUsage(message, words, commands));
    });
  if (!brief) {
    parser
      .usage("$0 COMMAND\n\nReproduces, explains and compares one failure: DNS queries over UDP refused with\n\"operation not permitted\" because the connection-tracking table is full.")
      .epilogue(`${exitCodeLine(EXIT_MEANINGS)}\n\ntablefull COMMAND --help has the options of a command, with examples.`);
    addExamples(parser, EXAMPLES, columns);
  }
  for (const command of commands) addCommand(parser, command, { width: columns, brief, carryOut });
  return withoutTypes(parser);
}

/** Whether these words ask for help, which yargs gives for a last word `help` too, or a shell asks what could follow them. */
export function asksForHelp(words: readonly string[]): boolean {
  return words[0] === "help" || words.at(-1) === "help" || words.some((word) => word.startsWith("--help") || word.startsWith("--get-yargs-completions"));
}

/** `help run`, as git and others have it, is `run --help`. */
function helpFor(words: readonly string[], commands: readonly Outline[]): readonly string[] {
  const [command] = words;
  return command === undefined || commands.some((known) => nameOf(known) === command) ? [...words, "--help"] : words;
}

/** "[string]" beside each option says less than its description. */
function withoutTypes(parser: Argv): Argv {
  // Not in @types/yargs.
  return (parser as Argv & { usageConfiguration(settings: { "hide-types": boolean }): Argv }).usageConfiguration({ "hide-types": true });
}
