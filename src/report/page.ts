import { tally } from "../analysis/words.ts";
import { padRight, wrap } from "./style.ts";
import type { Colour, Paint } from "./style.ts";

/** What a section of a report is written on. */
export interface Page {
  width: number;
  paint: Paint;
}

/** Where labels end and values begin. */
const LABEL = 14;

/** A label and its text, wrapped below itself. */
export function row(label: string, text: string, { width, paint }: Page): string {
  const indent = " ".repeat(2 + LABEL);
  const wrapped = wrap(text, { width, first: indent, indent });
  return `  ${paint("dim", padRight(label, LABEL))}${wrapped.slice(indent.length)}`;
}

/** A text with a mark before it. */
export function bullet(mark: string, colour: Colour, text: string, { width, paint }: Page): string {
  const wrapped = wrap(text, { width, first: "    ", indent: "    " });
  return `  ${paint(colour, mark)} ${wrapped.slice(4)}`;
}

/** Microseconds, of small ones more digits: a packet takes few. */
export function us(value: number): string {
  return `${value.toFixed(Math.abs(value) < 10 ? 2 : 1)} µs`;
}

/** Milliseconds to three digits; null is "?". */
export function ms(value: number | null): string {
  if (value === null) return "?";
  return `${value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : tally(value)} ms`;
}
