import { describe, expect, test } from "vitest";
import { type ExitOn, holds, parseExitOn, unknowable } from "../../src/analysis/exit-on.ts";
import type { WatchTotals } from "../../src/analysis/table-meter.ts";

const totals: WatchTotals = {
  atNs: 1e9, firstEntries: 10, entries: 20, max: 1000, peak: 899, peakShare: 0.899, drop: 0, earlyDrop: 0, insertFailed: 0, chainTooLong: 0, outDiscards: 0, outRequests: 0,
};
const full: ExitOn = { kind: "full" };
const eperm: ExitOn = { kind: "eperm" };
const most: ExitOn = { kind: "share", share: 0.9 };

test.each([
  ["full", full],
  ["eperm", eperm],
  ["90%", most],
] as const)("%s is a condition", (text, condition) => {
  expect(parseExitOn(text)).toEqual({ ok: true, value: condition });
});

test.each(["90", "0.9", "0%", "101%", "FULL", "", "drop"])("%j is none, and the message says what is", (text) => {
  const parsed = parseExitOn(text);
  expect(parsed.ok).toBe(false);
  expect(parsed).toMatchObject({ error: expect.stringContaining("write for example 90%") });
});

describe("holds", () => {
  test("nothing, of a table with room", () => {
    expect([full, eperm, most].map((condition) => holds(condition, totals))).toEqual([null, null, null]);
  });

  test("a share from exactly that share on, by the highest sample", () => {
    expect(holds(most, { ...totals, peak: 900, peakShare: 0.9, entries: 5 })).toBe("900 of 1,000 entries (90.0 %)");
  });

  test("full at max, or where early_drop tells of it", () => {
    expect(holds(full, { ...totals, peak: 1000, peakShare: 1 })).toBe("1,000 of 1,000 entries (100.0 %)");
    expect(holds(full, { ...totals, earlyDrop: 3 })).toContain("full between two samples");
    expect(holds(full, { ...totals, peak: 999, peakShare: 0.999 })).toBeNull();
  });

  test("eperm when a drop is counted, with what OutDiscards says of whose it is", () => {
    expect(holds(eperm, { ...totals, drop: 7, outDiscards: 5 })).toBe("drop rose by 7; OutDiscards by 5: 5 datagrams of this namespace's own did not leave, as where send says EPERM");
    expect(holds(eperm, { ...totals, drop: 7 })).toContain("no send here got EPERM");
    expect(holds(eperm, { ...totals, drop: 7, outDiscards: null })).toContain("unknown");
    expect(holds(eperm, { ...totals, outDiscards: 5 })).toBeNull();
  });
});

test("what cannot be read cannot be waited for", () => {
  expect(unknowable(eperm, { ...totals, drop: null })).toContain("drop");
  expect(unknowable(full, { ...totals, max: null })).toContain("nf_conntrack_max");
  expect([full, eperm, most].map((condition) => unknowable(condition, totals))).toEqual([null, null, null]);
});
