import { expect, test } from "vitest";
import { LiveScreen } from "../../src/commands/live-screen.ts";

const UP = (rows: number): string => `\r\u001B[${rows}A`;
const TO_LINE_END = "\u001B[K";
const BELOW = "\u001B[J";

function create(): { screen: LiveScreen; terminal: { columns: number }; written: () => string } {
  let text = "";
  const terminal = { columns: 20, write: (more: string) => (text += more) };
  const written = (): string => {
    const now = text;
    text = "";
    return now;
  };
  return { screen: new LiveScreen(terminal), terminal, written };
}

test("draws over what it drew before, in one go, and takes away what is left of it", () => {
  const { screen, written } = create();
  screen.draw(["one", "two", "three"]);
  expect(written()).toBe(`\rone${TO_LINE_END}\ntwo${TO_LINE_END}\nthree${TO_LINE_END}\n${BELOW}`);
  screen.draw(["four"]);
  expect(written()).toBe(`${UP(3)}four${TO_LINE_END}\n${BELOW}`);
  screen.draw(["five", "six"]);
  expect(written()).toBe(`${UP(1)}five${TO_LINE_END}\nsix${TO_LINE_END}\n${BELOW}`);
});

test("writes a line that stays above what is drawn", () => {
  const { screen, written } = create();
  screen.draw([], "first");
  expect(written()).toBe(`\r${BELOW}first\n${BELOW}`);
  screen.draw(["one", "two"]);
  written();
  screen.draw(["one", "two"], "stored");
  expect(written()).toBe(`${UP(2)}${BELOW}stored\none${TO_LINE_END}\ntwo${TO_LINE_END}\n${BELOW}`);
});

test("clears what it drew, once", () => {
  const { screen, written } = create();
  screen.clear();
  expect(written()).toBe("");
  screen.draw(["one", "two"]);
  written();
  screen.clear();
  screen.clear();
  expect(written()).toBe(`${UP(2)}${BELOW}`);
});

test("a terminal that does not know its width is taken to be wide enough", () => {
  const { screen, terminal, written } = create();
  terminal.columns = 0;
  screen.draw(["one", "two"]);
  written();
  screen.draw([]);
  expect(written()).toBe(`${UP(2)}${BELOW}`);
});

test("a terminal that became narrower has broken long lines: they are taken away whole, whatever colours they have", () => {
  const { screen, terminal, written } = create();
  screen.draw([`\u001B[31m${"x".repeat(19)}\u001B[0m`, "", "y".repeat(8)]);
  written();
  terminal.columns = 8;
  screen.draw(["z"]);
  expect(written()).toBe(`${UP(3 + 1 + 1)}z${TO_LINE_END}\n${BELOW}`);
});
