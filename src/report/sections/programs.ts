import { stripVTControlCharacters } from "node:util";
import type { Program, Timeline } from "../../analysis/timeline.ts";
import { plural } from "../../analysis/words.ts";
import type { Page } from "../page.ts";
import { bullet, ms } from "../page.ts";

const MOST_LINES = 6;

/** The scenario's own programs: how each ended, and the beginning of what it said. Empty without one. */
export function programLines({ programs }: Timeline, page: Page): string[] {
  return programs.flatMap((program) => [
    bullet(ended(program) ? "+" : "!", ended(program) ? "green" : "yellow", `${program.command.map(quoted).join(" ")}: ${endOf(program)}, took ${ms(program.tookNs / 1e6)}`, page),
    ...outputOf(program, page),
  ]);
}

function ended({ exitCode }: Program): boolean {
  return exitCode === 0;
}

function endOf({ exitCode, signal }: Program): string {
  if (exitCode !== null) return `exit code ${exitCode}`;
  return signal === null ? "its end is unknown" : `ended by ${signal}`;
}

function outputOf({ stdout, stderr }: Program, { paint, width }: Page): string[] {
  const said = [...lines(stdout), ...lines(stderr)];
  const shown = said.slice(0, MOST_LINES).map((text) => paint("dim", clip(`      ${text}`, width)));
  const rest = said.length - shown.length;
  return rest > 0 ? [...shown, paint("dim", `      ... ${plural(rest, "more line")}`)] : shown;
}

function lines(text: string): string[] {
  return text.split("\n").map(plain).filter((line) => line.trim() !== "");
}

/** A program's output may hold anything; control characters would reach the terminal. */
function plain(text: string): string {
  return [...stripVTControlCharacters(text).replaceAll("\t", "  ")].filter((character) => character >= " " && !(character >= "\u007F" && character <= "\u009F")).join("");
}

function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 3).join("")}...`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : JSON.stringify(word);
}
