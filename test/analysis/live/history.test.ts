import { expect, test } from "vitest";
import { remember } from "../../../src/analysis/live/history.ts";
import { aProgress } from "../../fixtures/progress.ts";

const after = (...times: number[]): number[] => times.reduce((history, atMs) => remember(history, aProgress({ atMs })), [] as ReturnType<typeof remember>).map(({ atMs }) => atMs);

test.each([
  { times: [], kept: [] },
  { times: [0, 200, 400], kept: [400] },
  { times: [0, 200, 400, 600, 800, 1000, 1200], kept: [400, 800, 1200] },
  { times: [499, 500, 500], kept: [499, 500] },
  { times: [100, 3100], kept: [100, 3100] },
])("the last of each half second is kept: $times", ({ times, kept }) => {
  expect(after(...times)).toEqual(kept);
});

test("a run of hours does not grow without end", () => {
  const kept = after(...Array.from({ length: 2000 }, (_, i) => i * 500));
  expect(kept).toHaveLength(600);
  expect(kept.at(-1)).toBe(999_500);
});
