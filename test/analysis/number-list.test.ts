import fc from "fast-check";
import { expect, test } from "vitest";
import { NumberList } from "../../src/analysis/number-list.ts";

test("holds what was set last, and 0 where nothing was, however far it grows", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.double())), fc.integer({ min: 0, max: 9000 }), (values, length) => {
      const list = new NumberList();
      const expected = new Float64Array(length);
      for (const [index, value] of values) {
        list.set(index, value);
        if (index < length) expected[index] = value;
      }
      const held = list.first(length);
      expect(held).toHaveLength(length);
      expect(held.every((value, index) => Object.is(value, expected[index]))).toBe(true);
    }),
  );
});
