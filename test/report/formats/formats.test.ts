import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { HistogramLogReader } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ToldRun } from "../../../src/analysis/told-run.ts";
import { FORMATS } from "../../../src/report/formats/formats.ts";
import { FORMAT_NAMES } from "../../../src/report/formats/names.ts";
import { earlyDropStory, healthyStory, killedStory, tableFullStory, untrackedStory } from "../../fixtures/runs/stories.ts";
import { gatewayStory } from "../../fixtures/runs/causes.ts";
import { SECOND } from "../../fixtures/runs/story.ts";
import { toldRun } from "../../fixtures/runs/told.ts";
import { pageParts } from "../html/page-parts.ts";

let root = "";
let full: ToldRun;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-formats-"));
  full = toldRun(root, tableFullStory());
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const STORIES = [tableFullStory, earlyDropStory, untrackedStory, healthyStory, killedStory, gatewayStory];

describe("every format", () => {
  test.each(FORMAT_NAMES)("%s gives the same bytes for the same facts, and ends its last line", (name) => {
    const again = toldRun(root, tableFullStory());
    expect(FORMATS[name].render(again, pageParts)).toBe(FORMATS[name].render(full, pageParts));
    expect(FORMATS[name].render(full, pageParts)).toMatch(/[^\n]\n$/);
  });

  test.each(["markdown", "hgrm", "junit", "dns-metrics"] as const)("%s reads well", async (name) => {
    await expect(FORMATS[name].render(full)).toMatchFileSnapshot(`../snapshots/formats/${FORMATS[name].file}`);
  });
});

describe("csv", () => {
  test("has a row for every bin, and its sums are those of the run", () => {
    const [head = "", ...rows] = FORMATS.csv.render(full).trimEnd().split("\n");
    const names = head.split(",");
    expect(rows.length).toBe(full.timeline.bins.length);
    expect(rows.every((row) => row.split(",").length === names.length)).toBe(true);
    const sum = (name: string): number => rows.reduce((total, row) => total + Number(row.split(",")[names.indexOf(name)]), 0);
    expect(sum("attempted")).toBe(full.summary.sends.attempted);
    expect(sum("eperm")).toBe(full.summary.attribution.eperm);
    expect(sum("attempted")).toBe(sum("sent") + sum("eperm") + sum("other_failed"));
  });

  test("what a load did stands in the rows of its phase, no EPERM before the first, nothing after its end", () => {
    const [head = "", ...rows] = FORMATS.csv.render(full).trimEnd().split("\n");
    const at = (row: string, name: string): string => row.split(",")[head.split(",").indexOf(name)] ?? "";
    const endS = (row: string): number => Number(at(row, "start_s")) + Number(at(row, "length_s"));
    expect(new Set(rows.filter((row) => Number(at(row, "attempted")) > 0).map((row) => at(row, "phase")))).toEqual(new Set(["1 load"]));
    const onsetS = (full.summary.onset?.atMs ?? 0) / 1000;
    expect(rows.filter((row) => endS(row) <= onsetS && Number(at(row, "eperm")) > 0)).toEqual([]);
    const [, load] = full.timeline.phases;
    const after = rows.filter((row) => Number(at(row, "start_s")) * SECOND >= (load?.endNs ?? 0));
    expect(after.length).toBeGreaterThan(0);
    for (const name of ["attempted", "drop", "early_drop"]) expect(after.map((row) => Number(at(row, name)))).toEqual(after.map(() => 0));
  });

  test("what the kernel did not tell is an empty cell", () => {
    const bins = full.timeline.bins.map((bin) => ({ ...bin, drop: null }));
    const [head = "", first = ""] = FORMATS.csv.render({ ...full, timeline: { ...full.timeline, bins } }).split("\n");
    expect(first.split(",")[head.split(",").indexOf("drop")]).toBe("");
  });
});

describe("dns-metrics", () => {
  const schema = JSON.parse(fs.readFileSync(new URL("../../fixtures/schemas/dns-metrics.schema.json", import.meta.url), "utf8")) as object;
  const validate = new Ajv2020({ strict: false }).compile(schema);

  test.each(STORIES.map((story) => story()))("$name is valid against DNS-OARC's schema, line by line", (story) => {
    const objects = FORMATS["dns-metrics"].render(toldRun(root, story)).trimEnd().split("\n").map((line) => JSON.parse(line) as { type: string; queries?: number });
    for (const object of objects) expect(validate(object), JSON.stringify(validate.errors)).toBe(true);
    const total = (type: string): number => objects.filter((object) => object.type === type).reduce((sum, { queries }) => sum + (queries ?? 0), 0);
    expect(total("stats_periodic")).toBe(total("stats_sum"));
  });

  test("the schema here does refuse", () => {
    expect(validate({ runid: "1", type: "stats_sum", since: "yesterday", until: 2 })).toBe(false);
  });
});

describe("histograms", () => {
  test("hlog is read back with every answer in it", () => {
    const reader = new HistogramLogReader(FORMATS.hlog.render(full));
    let answers = 0;
    for (let histogram = reader.nextIntervalHistogram(); histogram !== null; histogram = reader.nextIntervalHistogram()) answers += histogram.totalCount;
    expect(answers).toBe(full.latency.totalCount);
    expect(answers).toBeGreaterThan(0);
  });

  test("hgrm ends with all answers", () => {
    const text = FORMATS.hgrm.render(full);
    expect(text).toMatch(/^ +Value +Percentile +TotalCount 1\/\(1-Percentile\)\n/);
    expect(text).toContain(`Total count    = ${String(full.latency.totalCount).padStart(12)}`);
    const [, slowest] = /^ +([\d.]+) 1\.0{12} /m.exec(text) ?? [];
    expect(text).toContain(`#[Max     = ${slowest?.padStart(12)},`);
  });
});

describe("markdown", () => {
  test.each(STORIES.map((story) => story()))("$name fits a comment on GitHub", (story) => {
    expect(FORMATS.markdown.render(toldRun(root, story)).length).toBeLessThan(65_536 / 4);
  });

  test("what a scenario is called cannot break out of the text", () => {
    const told = { ...full, summary: { ...full.summary, run: { ...full.summary.run, scenario: "<img src=x>|`a`" } } };
    expect(FORMATS.markdown.render(told)).toContain("\\<img src=x\\>\\|\\`a\\`");
  });
});
