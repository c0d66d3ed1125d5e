import type { Histogram } from "hdr-histogram-js";
import { percentileCurve } from "../../../analysis/latency.ts";
import type { ToldRun } from "../../../analysis/told-run.ts";
import { tally } from "../../../analysis/words.ts";
import { LATENCY_UNITS_PER_MS } from "../../../store/format.ts";
import { ms } from "../../page.ts";
import type { ChartSpec } from "../chart-spec.ts";
import { html } from "../markup.ts";
import { short } from "../numbers.ts";
import { chartFigure, term } from "../parts.ts";
import type { Section } from "../parts.ts";

const PERCENTILES = [50, 90, 99, 99.9, 99.99, 100] as const;

/** Latency by percentile, as HdrHistogram draws it, with and without the correction for waiting. */
export function latencySection({ latency, summary: { latencySource }, uncorrected }: ToldRun): Section {
  const title = "Latency";
  if (latency.totalCount === 0) return { id: "latency-distribution", title, body: null };
  const spec = percentileChart(latency, uncorrected);
  const name = uncorrected === null ? "answerTime" : "latency";
  const cell = (histogram: Histogram, percentile: number): string => ms(histogram.getValueAtPercentile(percentile) / LATENCY_UNITS_PER_MS);
  return {
    id: "latency-distribution",
    title,
    charts: [spec],
    body: html`<div class="pair wide-left">
${chartFigure(spec, { title: "Latency by percentile, milliseconds, both axes log", told: `Median ${cell(latency, 50)}, 99th percentile ${cell(latency, 99)}.`, legend: { corrected: name, uncorrected: "uncorrected" } })}
<table class="data"><caption>${term("answered", `${tally(latency.totalCount)} answers`)}${latencySource === "ticks" ? ", to 1 significant digit" : ""}</caption><thead><tr><th scope="col">percentile</th><th scope="col">${term(name)}</th>${uncorrected === null ? null : html`<th scope="col">${term("uncorrected")}</th>`}</tr></thead><tbody>${PERCENTILES.map(
      (percentile) => html`<tr><th scope="row">${percentile === 100 ? "slowest" : `p${percentile}`}</th><td data-term="${name}">${cell(latency, percentile)}</td>${uncorrected === null ? null : html`<td data-term="uncorrected">${cell(uncorrected, percentile)}</td>`}</tr>`,
    )}</tbody></table>
</div>`,
  };
}

function percentileChart(latency: Histogram, uncorrected: Histogram | null): ChartSpec {
  const corrected = percentileCurve(latency);
  const other = uncorrected === null ? [] : percentileCurve(uncorrected);
  const longer = other.length > corrected.length ? other : corrected;
  const values = (curve: typeof corrected): (number | null)[] => short(longer.map((_, step) => curve[step]?.ms ?? null));
  return {
    id: "percentiles",
    group: null,
    height: 260,
    labelled: true,
    bands: [],
    marks: [],
    ticks: [],
    x: { unit: "tail", log: true, from: 1, to: null, values: longer.map(({ percentile }) => Number((100 / (100 - percentile)).toPrecision(4))) },
    y: { unit: "ms", log: true, from: null, to: null },
    series: [
      { key: "corrected", colour: 2, dash: [], draw: "line", values: values(corrected) },
      ...(uncorrected === null ? [] : [{ key: "uncorrected", colour: 3, dash: [6, 3], draw: "line" as const, values: values(other) }]),
    ],
  };
}
