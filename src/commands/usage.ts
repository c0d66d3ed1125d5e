import { nearest } from "../scenario/nearest.ts";

const EXAMPLE = "tablefull run scenarios/kernel-defaults.yaml";
/** In the order of `tablefull --help`; a test holds it against that. */
const COMMANDS = ["run", "check", "predict", "find-limit", "report", "compare", "doctor", "tunings", "tune", "restore"] as const;

/** What yargs says of a command line, in this program's words: what is wrong, and what to type instead. */
export function explainUsage(message: string, words: readonly string[]): string {
  const [command = ""] = words;
  if (message.startsWith("Not enough non-option arguments")) {
    return `${command} needs a scenario, for example: ${EXAMPLE.replace("run", command)}`;
  }
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown === undefined) return message.replaceAll(/\s*\n\s*/g, " ");
  if (!(COMMANDS as readonly string[]).includes(command) && unknown.split(", ").includes(command)) {
    const near = nearest(command, COMMANDS);
    return `${command} is no command; ${near === null ? `there are ${COMMANDS.join(", ")}` : `did you mean ${near}?`}`;
  }
  return `${command} does not know ${unknown}; see tablefull ${command} --help`;
}
