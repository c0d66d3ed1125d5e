import { nearest } from "../scenario/nearest.ts";

const EXAMPLE = "tablefull run scenarios/kernel-defaults.yaml";

/** What yargs says of a command line, in this program's words: what is wrong, and what to type instead. */
export function explainUsage(message: string, words: readonly string[], commands: readonly string[]): string {
  const [command = ""] = words;
  if (message.startsWith("Not enough non-option arguments")) {
    return `${command} needs a scenario, for example: ${EXAMPLE.replace("run", command)}`;
  }
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown === undefined) return message.replaceAll(/\s*\n\s*/g, " ");
  if (!commands.includes(command) && unknown.split(", ").includes(command)) {
    const near = nearest(command, commands);
    return `${command} is no command; ${near === null ? `there are ${commands.join(", ")}` : `did you mean ${near}?`}`;
  }
  return `${command} does not know ${unknown}; see tablefull ${command} --help`;
}
