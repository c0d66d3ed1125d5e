import { responsePoints } from "../../../analysis/correlation.ts";
import type { ResponsePoint } from "../../../analysis/correlation.ts";
import { modelApplies } from "../../../analysis/model-check.ts";
import type { Summary } from "../../../analysis/summary.ts";
import type { ToldRun } from "../../../analysis/told-run.ts";
import { percent, tally } from "../../../analysis/words.ts";
import { epermShare } from "../../../model/early-drop.ts";
import { bandName } from "../../sections/occupancy.ts";
import type { ChartSpec, SeriesSpec } from "../chart-spec.ts";
import { html } from "../markup.ts";
import type { Content } from "../markup.ts";
import { short } from "../numbers.ts";
import { chartFigure, factTable, term } from "../parts.ts";
import { CIRCLE } from "../point-marks.ts";
import type { Section } from "../parts.ts";
import type { Term } from "../definitions.ts";

/** Evictable entries per bucket that the model's curve is drawn over. */
const CURVE = { from: 0.001, to: 1, steps: 90 } as const;

/** How the share of refused sends goes with occupancy, and with what a full table may evict; with the model's curves. */
export function responseSection(told: ToldRun): Section {
  const { summary } = told;
  const title = "EPERM by occupancy";
  const response = responseChart(told);
  if (response === null) return { id: "response", title, body: null };
  const model = modelApplies(summary) ? modelChart(summary) : null;
  const { correlation } = summary;
  return {
    id: "response",
    title,
    charts: [response, ...(model === null ? [] : [model])],
    body: html`<div class="pair">
${chartFigure(response, { title: "Share of sends refused against occupancy", told: correlation.note ?? "", legend: { refused: "refused", model: "modelStep" } })}
${model === null ? null : chartFigure(model, { title: "What a full table refuses, by evictable entries per bucket", told: `Predicted ${percent(summary.model.predictedEpermShare)}, measured ${percent(summary.model.measuredEpermShare)}.`, legend: { curve: "modelCurve", run: "thisRun" } })}
</div>
<div class="pair">
<table class="data"><caption>By band of occupancy</caption><thead><tr><th scope="col">${term("occupancy")}</th><th scope="col">${term("attempted", "sends")}</th><th scope="col">${term("eperm")}</th><th scope="col">${term("refused", "refused")}</th></tr></thead><tbody>${correlation.bands.map(
      ({ from, to, attempted, eperm, share }) => html`<tr><th scope="row">${bandName(from, to)}</th><td data-term="attempted">${tally(attempted)}</td><td data-term="eperm">${tally(eperm)}</td><td data-term="refused">${percent(share)}</td></tr>`,
    )}</tbody></table>
${factTable("What follows from it", facts(summary))}
</div>`,
  };
}

function facts(summary: Summary): [Term, Content][] {
  const { correlation: { lagMs, note, spearman, threshold }, model } = summary;
  const rows: [Term, Content][] = [];
  if (threshold !== null) rows.push(["threshold", `${percent(threshold.share)} of max (${tally(threshold.count)} entries)`]);
  if (spearman !== null) rows.push(["spearman", `${spearman.rho.toFixed(2)} (${spearman.low.toFixed(2)} to ${spearman.high.toFixed(2)}, ${tally(spearman.bins)} time bins)`]);
  if (lagMs !== null && spearman !== null && spearman.low > 0) rows.push(["lag", lagMs === 0 ? "none" : `${tally(lagMs)} ms`]);
  if (note !== null) rows.push(["spearman", note]);
  if (modelApplies(summary)) {
    rows.push(["predicted", percent(model.predictedEpermShare)], ["measured", percent(model.measuredEpermShare)]);
    rows.push(["evictable", tally(model.evictable)], ["assured", tally(model.assured)], ["buckets", tally(model.buckets)]);
  }
  return rows;
}

function responseChart({ summary, timeline }: ToldRun): ChartSpec | null {
  const points = responsePoints(timeline);
  if (points.length === 0 || summary.attribution.eperm === 0) return null;
  const predicted = modelApplies(summary) ? summary.model.predictedEpermShare : null;
  return responseSpec("response", [
    { points, measured: { key: "refused", colour: 4, dash: [], mark: CIRCLE }, model: predicted === null ? null : { share: predicted, key: "model", colour: 6, dash: [8, 4] } },
  ]);
}

type Look = Pick<SeriesSpec, "key" | "label" | "colour" | "dash">;

/** What one run, or one group of them, shows of its response: points by occupancy, ascending, and the model's step. */
export interface Response {
  points: readonly ResponsePoint[];
  measured: Look & { mark: string };
  /** `share`: what the model says is refused once the table is full. */
  model: (Look & { share: number }) | null;
}

/** The share of sends refused against occupancy: measured points over the model's step, of at least one point. */
export function responseSpec(id: string, responses: readonly Response[]): ChartSpec {
  const points = responses.flatMap((response) => response.points.map((point) => ({ ...point, of: response }))).sort((a, b) => a.occupancy - b.occupancy);
  const lowest = points[0]?.occupancy ?? 1;
  const from = Math.max(0, lowest - Math.max(0.002, (1 - lowest) * 0.1));
  const to = 1 + (1 - from) * 0.05;
  const room = points.filter(({ occupancy }) => occupancy < 1);
  const bare = (occupancy: number): { occupancy: number; share: null; of: null } => ({ occupancy, share: null, of: null });
  // The row at 1 is where the model steps up.
  const rows = [bare(from), ...room, bare(1), ...points.slice(room.length), bare(to)];
  const models = responses.flatMap(({ model }) => model ?? []);
  return {
    id,
    group: null,
    height: 240,
    labelled: true,
    bands: [],
    marks: [],
    ticks: [],
    x: { unit: "share", log: false, from, to, values: rows.map(({ occupancy }) => Number(occupancy.toFixed(5))) },
    y: { unit: "share", log: false, from: 0, to: 1 },
    series: [
      ...models.map(({ share, ...look }) => ({ ...look, draw: "steps" as const, values: short(rows.map(({ occupancy }) => (occupancy < 1 ? 0 : share))) })),
      ...responses.map((response) => ({ ...response.measured, draw: "points" as const, values: short(rows.map(({ of, share }) => (of === response ? share : null))) })),
    ],
  };
}

function modelChart({ model: { buckets, evictable, measuredEpermShare } }: Summary): ChartSpec {
  const ratio = evictable === null || buckets === null || buckets === 0 ? null : Math.min(CURVE.to, Math.max(CURVE.from, evictable / buckets));
  const steps = Array.from({ length: CURVE.steps + 1 }, (_, step) => CURVE.from * (CURVE.to / CURVE.from) ** (step / CURVE.steps));
  const xs = [...new Set([...steps, ...(ratio === null ? [] : [ratio])].map((x) => Number(x.toPrecision(4))))].sort((a, b) => a - b);
  const here = ratio === null ? null : Number(ratio.toPrecision(4));
  return {
    id: "model",
    group: null,
    height: 240,
    labelled: true,
    bands: [],
    marks: [],
    ticks: [],
    x: { unit: "", log: true, from: CURVE.from, to: CURVE.to, values: xs },
    y: { unit: "share", log: false, from: 0, to: 1 },
    series: [
      { key: "curve", colour: 6, dash: [], draw: "line", values: short(xs.map((x) => epermShare({ evictable: x, buckets: 1 }))) },
      { key: "run", colour: 4, dash: [], draw: "points", mark: CIRCLE, values: short(xs.map((x) => (x === here ? measuredEpermShare : null))) },
    ],
  };
}
