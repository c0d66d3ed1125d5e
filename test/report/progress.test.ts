import { describe, expect, it } from "vitest";
import type { Progress } from "../../src/analysis/live/progress.ts";
import { renderProgress } from "../../src/report/progress.ts";
import { aProgress } from "../fixtures/progress.ts";

const VIEW = aProgress({ plannedPps: null });

const line = (differs: Partial<Progress>, width = 200): string => renderProgress({ ...VIEW, ...differs }, width);

describe("renderProgress", () => {
  it("shows phase, time, occupancy and rates", () => {
    expect(line({})).toMatchInlineSnapshot(`"2/3 load 2.3/5.0 s  ██████████████░░░░░░  72.8 %    2,000 q/s        0 EPERM/s    2,000 answers/s"`);
  });

  it("shows how many queries were planned, where there is room", () => {
    expect(line({ plannedPps: 2100 })).toMatchInlineSnapshot(`"2/3 load 2.3/5.0 s  ██████████████░░░░░░  72.8 %    2,000 of  2,100 q/s        0 EPERM/s    2,000 answers/s"`);
    expect(line({ plannedPps: 2100 }, 79)).toBe(line({}, 79));
  });

  it("shows a full table, also for the moment in which it holds one more than its maximum", () => {
    expect(line({ count: 262_145, epermPps: 240_123, attemptedPps: 250_000, answeredPps: 0 })).toMatchInlineSnapshot(`"2/3 load 2.3/5.0 s  ████████████████████ 100.0 %  250,000 q/s  240,123 EPERM/s        0 answers/s"`);
  });

  it("does not pretend to know how long a phase takes", () => {
    expect(line({ phase: 0, kind: "fill", elapsedMs: 0, plannedMs: null, count: 0 })).toMatchInlineSnapshot(`"1/3 fill     0.0 s  ░░░░░░░░░░░░░░░░░░░░   0.0 %    2,000 q/s        0 EPERM/s    2,000 answers/s"`);
  });

  it.each([{ count: null }, { max: null }, { count: null, max: null }, { max: 0 }])("says when the table is unknown: %o", (unknown) => {
    expect(line(unknown)).toContain("  table unknown  ");
  });

  it.each([{ share: 0, cells: 0 }, { share: 0.049, cells: 0 }, { share: 0.05, cells: 1 }, { share: 0.999, cells: 19 }, { share: 1, cells: 20 }, { share: 1.5, cells: 20 }])("fills $cells cells at $share", ({ share, cells }) => {
    const bar = /[█░]+/.exec(line({ count: share * 100_000, max: 100_000 }))?.[0];
    expect(bar).toBe("█".repeat(cells) + "░".repeat(20 - cells));
  });

  it("holds every number in the 79 columns of a small terminal", () => {
    const text = line({ count: 262_144, attemptedPps: 250_000, epermPps: 240_123, answeredPps: 9_877 }, 79);
    expect(text).toMatchInlineSnapshot(`"2/3 load 2.3/5.0 s ██████████ 100.0 % 250,000 q/s 240,123 EPERM/s   9,877 ans/s"`);
    expect(line({ elapsedMs: 12_345, plannedMs: 30_000, attemptedPps: 250_000 }, 79)).toMatch(/2,000 ans\/s$/);
  });

  it("does not call a table full whose bar is not", () => {
    expect(line({ count: 262_143 })).toContain("░  99.9 %");
  });

  it("is no longer than the terminal is wide, and as long at every moment: lines overwrite each other", () => {
    for (const width of [0, 10, 40, 80]) expect([...line({}, width)]).toHaveLength(width);
    const lengths = [{}, { count: 1 }, { count: 262_144 }, { attemptedPps: 999_999 }, { elapsedMs: 4999 }].map((view) => line(view).length);
    expect(new Set(lengths).size).toBe(1);
  });
});
