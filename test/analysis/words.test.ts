import { expect, test } from "vitest";
import { peakSeen } from "../../src/analysis/causes/rule.ts";
import { atMost } from "../../src/analysis/words.ts";

test.each<[number | null, string]>([[0.0002, "0.1 %"], [0, "0.0 %"], [0.81, "81.0 %"], [1, "100.0 %"], [null, "unknown"]])("at most %s is %s", (share, text) => {
  expect(atMost(share)).toBe(text);
});

test("a peak that is unknown is not one of so many", () => {
  const table = { max: 262_144, buckets: 262_144, peak: 4096, filler: null, inserted: 0 };
  expect(peakSeen({ table, peakShare: 4096 / 262_144 })).toBe("the table's peak was 4,096 of 262,144 (1.6 %)");
  expect(peakSeen({ table: { ...table, peak: null }, peakShare: null })).toBe("the table's peak is unknown: no sample of it is stored");
});
