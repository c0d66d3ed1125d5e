import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { turnsLeft } from "../../src/run/tune.ts";
import { isSeries } from "../../src/store/run-files.ts";
import { createSeries, openSeries, storeSeries } from "../../src/store/series.ts";
import { latestRun } from "../../src/store/read-run.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-series-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const REST = { scenarioFile: "a.yaml", scenarioText: "name: a\n", overrides: { ratePps: 100 }, tunings: ["notrack", "socket-reuse"], rounds: 3, seed: 5 };

describe("a series of runs", () => {
  test("is read back as it was stored, and is no run", () => {
    const { directory, series } = createSeries({ root, scenario: "a", startedAt: new Date("2026-11-22T00:00:00Z") }, REST);
    expect(path.basename(directory)).toMatch(/^20261122T000000Z-tune-a-[0-9a-f]{4}$/);
    series.runs.push({ round: 0, name: "baseline", directory: "x" });
    storeSeries(directory, series);
    expect(openSeries(directory)).toEqual(series);
    expect(isSeries(directory)).toBe(true);
    expect(() => latestRun(root)).toThrow("there is no run");
  });

  test("goes on with what is left, in the same order", () => {
    const { series } = createSeries({ root, scenario: "a", startedAt: new Date() }, REST);
    const all = turnsLeft(series);
    expect(all.length).toBe(9);
    for (const [index, turn] of all.entries()) {
      expect(turnsLeft(series)).toEqual(all.slice(index));
      series.runs.push({ ...turn, directory: String(index) });
    }
    expect(turnsLeft(series)).toEqual([]);
  });

  test("does not try again what was refused", () => {
    const { series } = createSeries({ root, scenario: "a", startedAt: new Date() }, REST);
    series.refused.push({ name: "notrack", why: "no nft" });
    expect(turnsLeft(series).map(({ name }) => name)).not.toContain("notrack");
    expect(turnsLeft(series).length).toBe(6);
  });

  test("what is no series is named in one line", () => {
    expect(() => openSeries(root)).toThrow(`${root} is not a series of runs: it has no series.json; name a directory that \`tablefull tune\` made`);
    fs.writeFileSync(path.join(root, "series.json"), "{");
    expect(() => openSeries(root)).toThrow("is damaged, or was written by another version");
  });
});
