import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { differences } from "../../src/tuning/differences.ts";

it.each([
  [{ a: 1 }, { a: 1 }, []],
  [{ a: { b: [1, { c: "x" }] } }, { a: { b: [1, { c: "y" }] } }, [{ what: "a.b[1].c", from: "x", to: "y" }]],
  [{ a: null }, { a: { b: 1 } }, [{ what: "a", from: null, to: '{"b":1}' }]],
  [{}, { a: true }, [{ what: "a", from: null, to: "true" }]],
  [{ a: "x" }, { a: null }, [{ what: "a", from: "x", to: "null" }]],
])("%j to %j", (before, after, expected) => expect(differences(before, after)).toEqual(expected));

it("are none between equals, and some between others", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
    expect(differences(one, structuredClone(one))).toEqual([]);
    expect(differences({ one }, { one: other }).length > 0).toBe(!isDeepStrictEqual(one, other));
  }));
});
