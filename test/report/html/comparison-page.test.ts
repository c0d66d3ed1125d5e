import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { build } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mergeBins } from "../../../src/analysis/bins.ts";
import { compareGroups } from "../../../src/analysis/compare/compare.ts";
import type { RunGroup } from "../../../src/analysis/compare/compared-run.ts";
import { METRIC_NAMES } from "../../../src/analysis/compare/comparison.ts";
import { runCurves } from "../../../src/analysis/compare/overlay.ts";
import type { RunCurves } from "../../../src/analysis/compare/overlay.ts";
import { effectsOf } from "../../../src/analysis/compare/remedies.ts";
import type { ChartSpec } from "../../../src/report/html/chart-spec.ts";
import { renderComparisonHtml, renderTuneHtml } from "../../../src/report/html/comparison-page.ts";
import { aGroup, HEALTHY } from "../../fixtures/compared-runs.ts";
import { healthyStory, tableFullStory } from "../../fixtures/runs/stories.ts";
import type { Story } from "../../fixtures/runs/story.ts";
import { toldRun } from "../../fixtures/runs/told.ts";
import { pageParts } from "./page-parts.ts";

const MB = 1_000_000;

let root = "";
let base: RunGroup;
let tuned: RunGroup;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-comparison-"));
  base = withCurves(aGroup("base", 5), tableFullStory());
  tuned = withCurves(aGroup("tuned", 5, HEALTHY), healthyStory());
});
afterAll(() => fs.rmSync(root, { recursive: true }));

function withCurves({ name, runs }: RunGroup, story: Story): RunGroup {
  const curves = runCurves(toldRun(root, story));
  return { name, runs: runs.map((run) => (curves === null ? run : { ...run, curves })) };
}

const page = (...[first, ...others]: [RunGroup, ...RunGroup[]]): string => renderComparisonHtml(compareGroups(first, others, { noise: 0.02 }), [first, ...others], pageParts());
const charts = (text: string): ChartSpec[] => JSON.parse(/id="charts">(.*?)<\/script>/.exec(text)?.[1] ?? "") as ChartSpec[];
/** What is read, without markup. */
const words = (text: string): string => text.replaceAll(/<style>.*?<\/style>|<script.*?<\/script>/gs, "").replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

describe("a comparison as a page", () => {
  test("is the same bytes each time, and holds nothing unsaid", () => {
    const text = page(base, tuned);
    expect(page(base, tuned) === text).toBe(true);
    expect(/.{0,40}(undefined|NaN|\[object|Infinity)/.exec(text)?.[0]).toBeUndefined();
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
    for (const [, id] of text.matchAll(/aria-describedby="([\w-]+)"/g)) expect(ids).toContain(id);
  });

  test("says which is better and why, and every metric with its interval", () => {
    const text = words(page(base, tuned));
    expect(text).toContain("tuned ▲ better more of the queries are answered healthy 5");
    expect(text).toContain("answered higher is better; drawn from 0 to 100.0 %");
    expect(text).toContain("tuned 100.0 % 99.9 % to 100.0 % +76.8 pt (+76.7 to +76.9) ▲ better");
    expect([...page(base, tuned).matchAll(/<table class="data intervals">/g)].length).toBe(METRIC_NAMES.length);
  });

  test("lays the groups over each other, told apart without colour, all runs shaded", () => {
    const overlaid = charts(page(base, tuned));
    expect(overlaid.map(({ id }) => id)).toEqual(["over-answered", "over-eperm", "over-drop", "over-occupancy", "over-response", "percentiles"]);
    for (const { id, series, x } of overlaid.filter(({ id: name }) => name !== "over-response")) {
      expect(series.map(({ label }) => label)).toEqual(["base", "tuned"]);
      expect(new Set(series.map(({ dash }) => dash.join(" "))).size).toBe(2);
      for (const { range, values } of series) {
        expect(values.length).toBe(x.values.length);
        if (id !== "percentiles") expect([range?.low.length, range?.high.length]).toEqual([values.length, values.length]);
      }
    }
  });

  test("lays what each group refuses at each occupancy over what the model expects, told apart without colour", () => {
    const { series, x } = charts(page(base, tuned)).find(({ id }) => id === "over-response") ?? { series: [], x: { values: [] as number[] } };
    const told = toldRun(root, tableFullStory()).summary;
    expect(series.map(({ draw, label }) => `${draw} ${label}`)).toEqual(["steps base: model", "points base", "points tuned"]);
    expect(new Set(series.map(({ dash, mark }) => `${dash.join(" ")} ${mark}`)).size).toBe(3);
    const [model, measured, healthy] = series.map(({ values }) => values);
    const full = x.values.indexOf(1);
    expect([model?.[full - 1], model?.[full]]).toEqual([0, expect.closeTo(told.model.predictedEpermShare ?? 0, 3)]);
    // All runs of a group have one point where the table is full, and what they refused stands at it.
    const refused = (measured ?? []).flatMap((share, row) => (share === null ? [] : [{ share, occupancy: x.values[row] }]));
    expect(refused.filter(({ share }) => share > 0)).toEqual([{ occupancy: 1, share: expect.closeTo(told.attribution.eperm / 5000, 2) }]);
    expect((healthy ?? []).every((share) => share === null || share === 0)).toBe(true);
    const text = page(base, tuned);
    for (const term of ["groupRefused", "groupModel"]) expect(text).toContain(`id="def-${term}"`);
    expect(charts(page(tuned, withCurves(aGroup("other", 2, HEALTHY), healthyStory()))).map(({ id }) => id)).not.toContain("over-response");
  });

  test("runs that were kept without facts are compared without curves", () => {
    const text = page(aGroup("base", 3), aGroup("tuned", 3, HEALTHY));
    expect(charts(text)).toEqual([]);
    expect(words(text)).toContain("▲ better");
  });

  test("what differs is told with what asks for it, and what makes runs incomparable", () => {
    const elsewhere = aGroup("elsewhere", 1, {}, (record) => ({ ...record, environment: { ...record.environment, kernel: "6.1.0" } }));
    const text = words(page(aGroup("base", 1), elsewhere));
    expect(text).toContain("Not comparable ! elsewhere: kernel is 6.18.0 and 6.1.0");
    expect(text).toContain("kernel 6.18.0 6.1.0 nothing asks for it");
  });

  test("a name cannot become markup", () => {
    expect(page(base, { ...tuned, name: "<img src=x>" }).includes("<img")).toBe(false);
  });
});

test("a series tells what each tuning does to the failure, and what was left out", () => {
  const comparison = compareGroups(base, [tuned], { noise: 0.02 });
  const report = { scenario: "kernel-defaults", directory: "results/series", rounds: 5, seed: 1, comparison, effects: effectsOf(comparison), refused: [{ name: "bigger-hash", why: "needs root" }], left: 0 };
  const text = words(renderTuneHtml(report, [base, tuned], pageParts()));
  expect(text).toContain("kernel-defaults: 1 tuning against the baseline");
  expect(text).toContain("tuned ▲ better more of the queries are answered mends healthy 5");
  expect(text).toContain("Left out ! bigger-hash: needs root");
});

test("seventeen groups of long runs stay below 1 MB, and only as many are drawn as can be told apart", () => {
  const bin = mergeBins([]);
  const curves = (seed: number): RunCurves => ({
    stepNs: 1e8,
    latency: build(),
    response: { predicted: 0.9, points: Array.from({ length: 600 }, (_, slice) => ({ occupancy: Math.min(1, (slice + seed % 7) / 590), share: slice < 590 ? 0 : 0.9, attempted: 200 })) },
    bins: Array.from({ length: 512 }, (_, step) => ({ ...bin, count: 1000 + ((step * 7919 + seed) % 997), max: 2000, answered: (step * 31 + seed) % 4001, eperm: (step * 17 + seed) % 3001, drop: (step * 13 + seed) % 3001, latenciesUs: new Map([[128 + ((step + seed) % 32) * 8, 9]]) })),
  });
  const groups = Array.from({ length: 17 }, (_, index): RunGroup => {
    const { name, runs } = aGroup(`group-${index}`, 5, index % 2 === 0 ? {} : HEALTHY);
    return { name, runs: runs.map((run, number) => ({ ...run, curves: curves(index * 101 + number * 37) })) };
  });
  const text = page(...(groups as [RunGroup, ...RunGroup[]]));
  // uPlot and the page's script add 70 kB.
  expect(text.length).toBeLessThan(MB - 100_000);
  for (const { id, series } of charts(text)) expect(series.length).toBeLessThanOrEqual(id === "over-response" ? 12 : 6);
  const left = [...text.matchAll(/Not drawn, as no more than 6 groups can be told apart: (.*?)\. The tables/g)].map(([, names = ""]) => names.split(", "));
  // Below the charts over time and the response; there are no latencies here.
  expect(left.length).toBe(2);
  const drawn = new Set(charts(text).flatMap(({ series }) => series.map(({ key }) => key.replace(/: model$/, ""))));
  for (const names of left) expect([...drawn, ...names].toSorted()).toEqual(groups.map(({ name }) => name).toSorted());
});
