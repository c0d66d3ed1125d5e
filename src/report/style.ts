import { stripVTControlCharacters } from "node:util";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Colour = keyof typeof CODES;
/** Dresses a text, or leaves it alone where there is no colour. */
export type Paint = (colour: Colour, text: string) => string;

/** Plain ANSI codes rather than util.styleText: that one looks at the terminal, and here the caller has already decided. */
export function painter(color: boolean): Paint {
  return (colour, text) => (color && text !== "" ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text);
}

/** Columns a text takes, colours aside. All that reports print is one column a character. */
function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

export function padLeft(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

export function padRight(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Breaks prose between words; a word longer than the width stays whole. `indent` starts the lines after the first. */
export function wrap(text: string, options: { width: number; first: string; indent: string }): string {
  const lines: string[] = [];
  let line = options.first;
  let empty = true;
  // A unit stays with its number.
  for (const word of text.split(/ (?!(?:%|ms|s)(?![\w-]))/)) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > options.width) {
      lines.push(line);
      line = options.indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join("\n");
}

/** Breaks a command so that it can still be pasted: a backslash ends each line but the last. */
export function wrapCommand(command: string, options: { width: number; first: string; indent: string }): string {
  if (widthOf(options.first + command) <= options.width) return options.first + command;
  // A break within quotes would become a part of the argument.
  if (command.includes("'")) return options.first + command;
  return wrap(command, { ...options, width: options.width - 2 }).replaceAll("\n", " \\\n");
}
