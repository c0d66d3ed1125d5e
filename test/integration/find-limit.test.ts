import { Ajv2020 } from "ajv/dist/2020.js";
import fs from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limitJsonSchema } from "../../src/analysis/json-schema.ts";
import type { LimitReport } from "../../src/analysis/limit-report.ts";
import { describeHost, describeLab } from "./capabilities.ts";
import { type HostTable, putBack, readHostTable } from "./host-table.ts";
import { CLI, finished, scenarioFile, start, tablefull, temporaryDirectory } from "./program.ts";

const LOAD_S = 0.5;
const validate = new Ajv2020().compile(limitJsonSchema());

/** What --json printed, held against the published schema. */
function reportOf(stdout: string): LimitReport {
  const report = JSON.parse(stdout) as LimitReport;
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  return report;
}

const text = (head: string): string => `name: limit\n${head}\nphases:\n  - load: { strategy: sweep, rate: 8000/s, duration: ${LOAD_S * 1000}ms, timeout: 200ms }\n`;

describeHost("find-limit", () => {
  let before: HostTable;
  beforeEach(() => void (before = readHostTable()));
  afterEach(() => putBack(before));

  test("ends around the rate at which a load has as many flows as the table has room, as the model says", async () => {
    const directory = temporaryDirectory();
    const words = ["--from", "6k/s", "--to", "11k/s", "--precision", "25%", "--json", "--quiet", "--results", directory];
    const { code, stdout, stderr } = await tablefull("find-limit", scenarioFile(directory, text("table: { max: 4096 }")), ...words);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const { outcome, bracket, model, trials } = reportOf(stdout);
    expect(outcome).toBe("found");
    // How many flows fit decides, not how fast they came.
    expect((bracket.passed ?? 0) * LOAD_S).toBeLessThanOrEqual(4096);
    expect((bracket.failed ?? 0) * LOAD_S).toBeGreaterThan(4096);
    expect(model.known && model.bracket.passed).toBeGreaterThan(bracket.passed ?? Infinity);
    expect(model.known && model.bracket.passed).toBeLessThan(bracket.failed ?? 0);
    for (const trial of trials) expect(fs.existsSync(`${trial.directory}/summary.json`)).toBe(true);
    expect(readHostTable()).toEqual(before);
  });
});

describeLab("find-limit, interrupted", () => {
  test("tells what it knows", async () => {
    const directory = temporaryDirectory();
    const child = start(process.execPath, [CLI, "find-limit", scenarioFile(directory, text("")), "--json", "--results", directory]);
    child.stderr?.once("data", () => child.kill("SIGINT"));
    const { code, stdout, stderr } = await finished(child);
    expect(code).toBe(130);
    expect(stderr).toMatch(/^trial 1 of at most \d+: 800\/s .*: passes\n$/);
    expect(reportOf(stdout)).toMatchObject({ outcome: "interrupted", bracket: { passed: 800, failed: null }, trials: [{ verdict: "pass" }] });
  });
});
