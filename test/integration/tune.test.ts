import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type TuneReport, tuneReportsSchema } from "../../src/analysis/compare/series.ts";
import { openSeries } from "../../src/store/series.ts";
import { describeLab } from "./capabilities.ts";
import { CLI, finished, scenarioFile, start, tablefull, temporaryDirectory } from "./program.ts";

/** A table that is full for good: what is tracked is refused. */
const FULL = `
name: full
expect: table-full
phases:
  - fill: { by: insertion, occupancy: 100%, entries: [{ protocol: tcp, state: established, assured: true, timeout: 1h }] }
  - load: { rate: 2000/s, queries: 200, timeout: 200ms }
`;

function seriesIn(directory: string): string {
  const name = fs.readdirSync(directory).find((entry) => entry.includes("Z-tune-"));
  if (name === undefined) throw new Error("no series was stored");
  return path.join(directory, name);
}

describeLab("a series of runs", () => {
  test("tells the remedy from what changes nothing, and keeps every run", async () => {
    const directory = temporaryDirectory();
    const { code, stdout, stderr } = await tablefull("tune", scenarioFile(directory, FULL), "--tunings", "notrack,spread-sources", "--repeat", "2", "--seed", "3", "--results", directory, "--json");
    expect(code, stderr).toBe(0);
    const parsed: unknown = JSON.parse(stdout);
    const [{ comparison, effects, left, refused }] = tuneReportsSchema.parse(parsed).series as [TuneReport];
    expect({ left, refused }).toEqual({ left: 0, refused: [] });
    expect(comparison.base.verdicts).toEqual({ "table-full": 2 });
    expect(effects["notrack"]).toBe("mends");
    const [notrack, spread] = ["notrack", "spread-sources"].map((name) => comparison.contenders.find((contender) => contender.name === name));
    expect(notrack).toMatchObject({ verdicts: { healthy: 2 }, overall: { word: "better" }, incomparable: [] });
    expect(spread?.verdicts).toEqual({ "table-full": 2 });
    expect(spread?.overall.word).not.toBe("better");
    const series = openSeries(seriesIn(directory));
    expect(series.runs.length).toBe(6);
    expect(fs.readFileSync(path.join(seriesIn(directory), "report.html"), "utf8")).toContain("2 tunings against the baseline");
    for (const { directory: run } of series.runs) expect(fs.existsSync(path.join(seriesIn(directory), run, "summary.json"))).toBe(true);
  });

  test("of several scenarios, which tuning mends which failure", async () => {
    const directory = temporaryDirectory();
    const open = `name: open\nphases:\n  - load: { rate: 2000/s, queries: 100, timeout: 200ms }\n`;
    const files = [scenarioFile(directory, FULL), scenarioFile(temporaryDirectory(), open)];
    const { code, stdout, stderr } = await tablefull("tune", ...files, "--tunings", "notrack,no-state-rule", "--repeat", "1", "--results", directory);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("Remedies for 2 scenarios\n\nfull  table-full\n  mends it      no");
    expect(stdout.slice(stdout.indexOf("\nopen  healthy\n"))).not.toContain("mends it");
    expect(fs.readdirSync(directory).filter((entry) => entry.includes("Z-tune-")).length).toBe(2);
  });

  test("killed in the middle, it keeps its finished runs and goes on", async () => {
    const directory = temporaryDirectory();
    const child = start(process.execPath, [CLI, "tune", scenarioFile(directory, FULL), "--tunings", "notrack", "--repeat", "2", "--results", directory, "--quiet"]);
    const end = finished(child);
    for (let tries = 0; tries < 600; tries++) {
      await sleep(50);
      if (fs.readdirSync(directory).some((entry) => entry.includes("Z-tune-")) && fs.existsSync(path.join(seriesIn(directory), "series.json")) && openSeries(seriesIn(directory)).runs.length > 0) break;
    }
    child.kill("SIGKILL");
    await end;
    const kept = openSeries(seriesIn(directory)).runs;
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(4);
    const { code, stdout } = await tablefull("tune", "--resume", seriesIn(directory), "--quiet");
    expect(code).toBe(0);
    expect(stdout).toMatch(/notrack +better +healthy/);
    expect(openSeries(seriesIn(directory)).runs.length).toBe(4);
    expect(openSeries(seriesIn(directory)).runs.slice(0, kept.length)).toEqual(kept);
    const again = await tablefull("tune", "--resume", seriesIn(directory));
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/^the series in \S+ is finished\n/);
  });

  test("what cannot be is said before the first run", async () => {
    const directory = temporaryDirectory();
    const unknown = await tablefull("tune", scenarioFile(directory, FULL), "--tunings", "notrak", "--results", directory);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain('--tunings: there is no tuning "notrak"; did you mean notrack?');
    const nothing = await tablefull("tune", "--resume", directory);
    expect(nothing).toMatchObject({ code: 1, stdout: "" });
    expect(nothing.stderr).toContain("is not a series of runs");
  });
});
