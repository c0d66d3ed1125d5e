import fc from "fast-check";
import { expect, test } from "vitest";
import { keepExtremes } from "../../src/analysis/down-sample.ts";

const value = fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: null });
const table = fc.integer({ min: 1, max: 400 }).chain((rows) => fc.array(fc.array(value, { minLength: rows, maxLength: rows }), { minLength: 1, maxLength: 4 }));

test("keeps the first row, the last, those it must, and of every stretch the lowest and the highest of each column", () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 40 }), fc.array(fc.integer({ min: -5, max: 500 }), { maxLength: 3 }), (columns, buckets, always) => {
      const rows = columns[0]?.length ?? 0;
      const kept = keepExtremes(columns, { buckets, always });
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      expect([kept[0], kept.at(-1)]).toEqual([0, rows - 1]);
      for (const row of always) expect(kept.includes(row)).toBe(row >= 0 && row < rows ? true : kept.includes(row));
      for (let bucket = 0; bucket < buckets; bucket++) {
        const within = (row: number): boolean => row >= Math.floor((bucket * rows) / buckets) && row < Math.floor(((bucket + 1) * rows) / buckets);
        for (const column of columns) {
          const all = column.filter((cell, row) => within(row) && cell !== null) as number[];
          const left = kept.filter(within).flatMap((row) => column[row] ?? []);
          if (all.length > 0) expect([Math.min(...left), Math.max(...left)]).toEqual([Math.min(...all), Math.max(...all)]);
          if (column.some((cell, row) => within(row) && cell === null)) expect(kept.some((row) => within(row) && column[row] === null)).toBe(true);
        }
      }
    }),
  );
});

test("needs at most two rows and a gap for each column of a stretch, whatever the length", () => {
  const rows = 360_000;
  const noise = Array.from({ length: rows }, (_, row) => (row * 7919) % 10_007);
  expect(keepExtremes([noise, noise.toReversed()], { buckets: 1000, always: [] }).length).toBeLessThanOrEqual(1000 * 4 + 2);
});
