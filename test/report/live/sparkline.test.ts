import { describe, expect, it } from "vitest";
import { bar, floored, markCell } from "../../../src/report/live/bar.ts";
import { paintRow } from "../../../src/report/live/row.ts";
import { sparkline } from "../../../src/report/live/sparkline.ts";
import { painter } from "../../../src/report/style.ts";

describe("sparkline", () => {
  it("draws a column a value", () => {
    expect(sparkline([0, 10, 20, 30, 40, 50, 60, 70, 80], { top: 80, rows: 1 })).toEqual([" ▁▂▃▄▅▆▇█"]);
  });

  it("leaves blank only what is nothing or unknown", () => {
    expect(sparkline([0, null, -5, 0.001, 1000], { top: 1000, rows: 1 })).toEqual(["   ▁█"]);
    expect(sparkline([1, 2], { top: 0, rows: 1 })).toEqual(["  "]);
  });

  it("takes more lines for more detail, and stays in its room", () => {
    expect(sparkline([1, 8, 12, 24, 99], { top: 24, rows: 3 })).toEqual(["   ██", "  ▄██", "▁████"]);
  });
});

describe("bar", () => {
  it.each([{ share: 0, drawn: "░░░░░░░░░░" }, { share: 0.49, drawn: "████░░░░░░" }, { share: 0.999, drawn: "█████████░" }, { share: 1, drawn: "██████████" }, { share: 1.2, drawn: "██████████" }])("of $share", ({ share, drawn }) => {
    expect(bar(share, 10)).toBe(drawn);
  });

  it("has its mark where the share would reach it", () => {
    expect(bar(0.5, 20, 0.95)).toBe("██████████░░░░░░░░░│");
    expect(bar(1, 40, 0.95)).toBe(`${"█".repeat(38)}│█`);
    expect([markCell(0.95, 40), markCell(0.95, 1), markCell(1, 10)]).toEqual([38, 0, 9]);
  });

  it.each([{ share: 0.9999, text: "99.9 %" }, { share: 1, text: "100.0 %" }, { share: 0.728, text: "72.8 %" }])("$share in percent", ({ share, text }) => {
    expect(floored(share)).toBe(text);
  });
});

describe("paintRow", () => {
  const row = (width: number, color = false): string => paintRow([["ab", "red"], ["cde"], ["fg", "bold"]], { width, paint: painter(color) });

  it.each([{ width: 9, line: "abcdefg" }, { width: 7, line: "abcdefg" }, { width: 6, line: "abcde…" }, { width: 3, line: "ab…" }, { width: 1, line: "…" }, { width: 0, line: "" }])("cuts at $width columns", ({ width, line }) => {
    expect(row(width)).toBe(line);
  });

  it("cuts no colour in two", () => {
    expect(row(6, true)).toBe("\u001B[31mab\u001B[0mcde…");
    expect(row(2, true)).toBe("\u001B[31ma\u001B[0m…");
  });
});
