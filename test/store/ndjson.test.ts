import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLines } from "../../src/store/ndjson.ts";

const alone = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
const record = fc.record({ type: fc.constant("tick"), atNs: fc.nat(), words: fc.string(), failed: fc.dictionary(fc.string(), fc.nat()) }).map((value) => JSON.stringify(value));
/** As damage leaves a line: its beginning, its end, something else in its place, nothing. */
const damaged = fc.oneof(
  fc.tuple(record, fc.nat()).map(([line, at]) => line.slice(0, at % line.length)),
  fc.tuple(record, fc.nat()).map(([line, at]) => line.slice(at % line.length)),
  fc.constantFrom("", " ", "\r", "null", "7", '"', "[", "]", "{", "}", "\u0000", "[1", "2]", '{"a":1', '"b":2}', '{"a":[1', "2]}"),
);

test("lines hold what each of them holds by itself, whichever are damaged", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: record }, { weight: 1, arbitrary: damaged }), { minLength: 1, maxLength: 20 }), (lines) => {
      expect(parseLines(`${lines.join("\n")}\n`)).toEqual(lines.map(alone));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["two values in a line", ['{"a":1},{"a":2}', '{"a":3}'], [undefined, { a: 3 }]],
  ["a value over two lines", ['{"a":1', '"b":2}', '{"a":3}'], [undefined, undefined, { a: 3 }]],
  ["a list over two lines", ["[1", "2]"], [undefined, undefined]],
  ["nothing in a line", ['{"a":1}', "", '{"a":3}'], [{ a: 1 }, undefined, { a: 3 }]],
])("%s: damaged", (_, lines, values) => {
  expect(parseLines(`${lines.join("\n")}\n`)).toEqual(values);
});
