import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChartSpec } from "../../../src/report/html/chart-spec.ts";
import { html, scriptJson } from "../../../src/report/html/markup.ts";
import { renderHtml } from "../../../src/report/html/run-page.ts";
import { chainStory, clashStory, firewallStory, gatewayStory, leftoversStory, replyDropStory } from "../../fixtures/runs/causes.ts";
import { earlyDropStory, healthyStory, killedStory, tableFullStory, untrackedStory } from "../../fixtures/runs/stories.ts";
import type { Story } from "../../fixtures/runs/story.ts";
import { watchedCalmStory, watchedFullStory } from "../../fixtures/runs/watched.ts";
import { toldRun } from "../../fixtures/runs/told.ts";
import { pageParts } from "./page-parts.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-html-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const page = (story: Story): string => renderHtml(toldRun(root, story), pageParts());
const charts = (text: string): ChartSpec[] => JSON.parse(/id="charts">(.*?)<\/script>/.exec(text)?.[1] ?? "") as ChartSpec[];

const STORIES = [
  watchedFullStory, watchedCalmStory, tableFullStory, earlyDropStory, untrackedStory, healthyStory, killedStory, firewallStory, clashStory, chainStory, gatewayStory, replyDropStory, leftoversStory,
].map((story) => story());

describe.each(STORIES)("$name", (story) => {
  test("is the same bytes each time, holds nothing unsaid, and lets nothing in or out", () => {
    const text = page(story);
    // Not by toBe: a failure would print whole pages.
    expect(page(story) === text).toBe(true);
    expect(/.{0,40}(undefined|NaN|\[object|Infinity)/.exec(text)?.[0]).toBeUndefined();
    expect(/default-src &#39;none&#39;/.test(text)).toBe(true);
    expect(/(src|href)="(?!#|data:).{0,40}/.exec(text)?.[0]).toBeUndefined();
  });

  test("every number that says what it is has a definition, each once", () => {
    const text = page(story);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const described = new Set([...text.matchAll(/aria-describedby="([\w-]+)"/g)].map(([, id]) => id));
    expect(described.size).toBeGreaterThan(5);
    for (const id of described) expect(ids).toContain(id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test("every chart is whole: x ascends, each series is as long, and a legend and a place belong to it", () => {
    const text = page(story);
    for (const { id, series, x } of charts(text)) {
      expect(x.values).toEqual(x.values.toSorted((a, b) => a - b));
      expect(series.map(({ values }) => values.length)).toEqual(series.map(() => x.values.length));
      expect(text.includes(`id="plot-${id}"`)).toBe(true);
      // Told without colour: no two lines of a chart have the same dashes.
      const dashes = series.filter(({ draw }) => draw !== "points").map(({ dash }) => dash.join(" "));
      expect(dashes).toEqual([...new Set(dashes)]);
    }
  });
});

/** What the legend draws for each series of a chart. */
const legendMarks = (text: string, id: string): Record<string, string>[] =>
  [...text.matchAll(new RegExp(`data-chart="${id}".*?<path ([^>]*)/>`, "g"))].map(([, attributes = ""]) => Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value])));

test.each([tableFullStory, firewallStory, watchedFullStory].map((story) => story()))("$name: the legend has each series as the chart draws it", (story) => {
  const text = page(story);
  for (const { id, series } of charts(text)) {
    const expected = series.map(({ colour, dash, draw, mark }) => (draw === "points" ? { class: `stroke-${colour} point`, d: mark } : { class: `stroke-${colour}`, d: "M1 6h28", "stroke-dasharray": dash.join(" ") }));
    expect(legendMarks(text, id)).toMatchObject(expected);
  }
});

test("a page reads well, style and data left out", async () => {
  const text = page(tableFullStory()).replace(/<style>.*<\/style>/s, "<style></style>").replace(/(id="charts">).*?(<\/script>)/s, "$1$2");
  await expect(text).toMatchFileSnapshot("../snapshots/formats/report.html");
});

test("the onset and the phases are in the charts of the timeline", () => {
  const [table] = charts(page(tableFullStory()));
  expect(table).toMatchObject({ id: "table", marks: [{ at: 4.712, label: "first EPERM" }], bands: [{ from: 0.2, to: 4, label: "fill" }, { from: 4.057, to: 7.057, label: "load" }] });
});

test("a watch is told without what no sender could tell", () => {
  const text = page(watchedFullStory());
  expect(charts(text).flatMap(({ id, series }) => series.map(({ key }) => `${id} ${key}`))).toEqual(["table entries", "table max", "flows newFlows", "refusals drop", "refusals earlyDrop"]);
  expect(/sends attempted|latency p99/.exec(text)?.[0]).toBeUndefined();
});

test("who fills the table is told before, at onset and after", () => {
  const [onset] = tableFullStory().compositions;
  if (onset === undefined) throw new Error("the story has a composition");
  const text = page({ ...tableFullStory(), compositions: [{ ...onset, moment: "start", atNs: 4e9 }, onset, { ...onset, moment: "end", atNs: 7e9 }] });
  expect([...text.matchAll(/<strong>([^<]*)<\/strong> <[^>]*>([\d.]+) s<\/span>: <[^>]*>([\d,]+) entries/g)].map(([, ...found]) => found)).toEqual([
    ["before the load", "4.000", "262,144"],
    ["at onset", "4.800", "262,144"],
    ["after", "7.000", "262,144"],
  ]);
});

test("every number of the tables of counts, shares and latencies says on hover what it is, and their headings on focus", () => {
  const text = page(tableFullStory());
  const tables = [...text.slice(0, text.indexOf('<section id="environment"')).matchAll(/<table class="data">.*?<\/table>/gs)].map(([table]) => table);
  expect(tables.length).toBe(3);
  for (const table of tables) {
    const unsaid = [...table.matchAll(/<td(?! data-term=)[^>]*>([^<]*)<\/td>/g)].map(([, value]) => value);
    expect(unsaid).toEqual([]);
    const [, headings = ""] = /<thead>(.*?)<\/thead>/s.exec(table) ?? [];
    const focused = [...headings.matchAll(/tabindex="0" data-term="(\w+)"/g)].map(([, name]) => name);
    for (const [, name] of table.matchAll(/<td data-term="(\w+)"/g)) expect(focused).toContain(name);
  }
  for (const [line] of text.matchAll(/<div class="what">.*?<\/div>/g)) expect(line.replaceAll(/<span class="term".*?<\/span>/g, "")).not.toMatch(/\d/);
});

test("what is derived from the growth of the table says that it is a lower bound, and why", () => {
  const text = page(tableFullStory());
  expect(text).toContain("New flows per second, at least</h3>");
  expect(text).toMatch(/<button [^>]*data-term="newFlows"[^>]*>.*?new flows, at least/);
  expect(text).toMatch(/id="def-newFlows">[^<]*lower bound[^<]*expired[^<]*Entries per second/);
});

test("settings that differ from Linux's own stand out", () => {
  const told = toldRun(root, tableFullStory());
  const { environment } = told.run;
  const sysctlsBefore = { ...environment.sysctlsBefore, "net.netfilter.nf_conntrack_udp_timeout": "5", "net.netfilter.nf_conntrack_udp_timeout_stream": "120" };
  const text = renderHtml({ ...told, run: { ...told.run, environment: { ...environment, sysctlsBefore } } }, pageParts());
  const [, difference = ""] = /Difference to Linux&#39;s defaults(.*?)<\/table>/s.exec(text) ?? [];
  expect(difference).toContain("nf_conntrack_udp_timeout</code></th><td><span class=\"changed\">5</span></td><td>30</td>");
  expect(difference).not.toContain("udp_timeout_stream");
});

describe("what comes from outside cannot become markup", () => {
  test("text", () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const written = html`${text}`.text;
      expect(written).not.toMatch(/[<>"']/);
      expect(written.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))).toBe(text);
    }));
  });

  test("data of a script", () => {
    const value = { name: "</script><!--<script>" };
    expect(scriptJson(value).text).not.toContain("<");
    expect(JSON.parse(scriptJson(value).text)).toEqual(value);
  });

  test("the name of a scenario", () => {
    const told = toldRun(root, healthyStory());
    const text = renderHtml({ ...told, summary: { ...told.summary, run: { ...told.summary.run, scenario: "<img src=x onerror=alert(1)>" } } }, pageParts());
    expect(text.includes("<img")).toBe(false);
  });
});
