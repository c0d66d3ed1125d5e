import fc from "fast-check";
import { expect, test } from "vitest";
import { isSample, isTick } from "../../src/store/bulk-check.ts";
import type { Fields } from "../../src/store/bulk-check.ts";
import { sampleRecord, tickRecord } from "../../src/store/record-schemas.ts";
import { aTick } from "../fixtures/runs/story.ts";

const sample: Fields = { type: "sample", atNs: 1.5, count: 3, max: null, stat: { drop: 1 }, net: {} };
const odd = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, "1", true, [], [1], {}, { a: 1 }, { a: -1 }, { a: 1.5 }, { a: "1" }, { a: null }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

test.each([
  { name: "tick", valid: { ...aTick({ latenciesUs: { 96: 2 }, strays: { duplicate: 1 }, icmp: { ECONNREFUSED: 2 }, retries: 3, recovered: 2, gaveUp: 1, planned: 7, dropped: 2 }) } as Fields, check: isTick, schema: tickRecord },
  { name: "sample", valid: sample, check: isSample, schema: sampleRecord },
])("the quick check of a $name agrees with its schema", ({ valid, check, schema }) => {
  expect(check(valid)).toBe(true);
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(valid)), odd, (field, value) => {
      const changed = { ...valid, [field]: value };
      if (value === undefined) delete changed[field];
      expect(check(changed)).toBe(schema.safeParse(changed).success);
    }),
    { numRuns: 2000 },
  );
});
