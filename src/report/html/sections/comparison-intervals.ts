import type { Comparison, GroupValue, MetricComparison, MetricName } from "../../../analysis/compare/comparison.ts";
import { METRIC_NAMES } from "../../../analysis/compare/comparison.ts";
import { METRICS } from "../../../analysis/compare/metrics.ts";
import { changeText, groupText, SELF_EVIDENT, valueText } from "../../metric-table.ts";
import type { Term } from "../definitions.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { term } from "../parts.ts";
import type { Section } from "../parts.ts";
import { wordMark } from "./comparison-verdicts.ts";

const TERMS: Record<MetricName, Term> = {
  answeredShare: "answered",
  epermShare: "eperm",
  explainedShare: "explained",
  answeredPps: "answeredPps",
  latencyP99Ms: "p99",
  onsetMs: "onset",
  peakOccupancy: "peak",
  tableMemoryBytes: "tableMemory",
  kernelUsPerQuery: "kernelCpu",
};
/** Of the picture of an interval, in its own units. */
const PICTURE = { width: 240, height: 20, margin: 6 } as const;

/** Every metric, group by group: mean and interval as a picture and in numbers, the change, and the word for it. */
export function intervalsSection({ base, contenders }: Comparison): Section {
  const body = contenders.length === 0 ? null : html`${METRIC_NAMES.map((name) => metricTable(name, base.name, contenders.map(({ metrics, name: group }) => ({ group, metric: metrics.find(({ metric }) => metric === name) }))))}`;
  return { id: "intervals", title: "Measured, with intervals", body };
}

function metricTable(name: MetricName, base: string, others: readonly { group: string; metric: MetricComparison | undefined }[]): Markup | null {
  const told = others.flatMap(({ group, metric }) => (metric === undefined ? [] : [{ group, metric }]));
  const [first] = told;
  if (first === undefined) return null;
  const { unit } = METRICS[name];
  const most = unit === "share" ? 1 : Math.max(0, ...[first.metric.base, ...told.map(({ metric }) => metric.other)].map(({ interval, mean }) => Math.max(interval?.high ?? 0, mean ?? 0)));
  const row = (group: string, value: GroupValue, metric: MetricComparison | null): Markup => {
    const [change = "", range = ""] = metric === null ? [] : changeText(metric, unit);
    return html`<tr><th scope="row">${group}</th><td class="picture">${picture(value, { reference: first.metric.base.mean, most })}</td><td>${groupText(value, unit)}</td><td>${value.interval === null ? "unknown" : `${valueText(value.interval.low, unit)} to ${valueText(value.interval.high, unit)}`}</td><td>${change}${range === "" ? null : html` <span class="soft">(${range})</span>`}</td><td>${metric === null ? "baseline" : wordMark(metric.word)}</td></tr>`;
  };
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${METRICS[name].title}"><table class="data intervals"><caption>${term(TERMS[name], METRICS[name].title)} <span class="soft">${METRICS[name].better} is better; drawn from 0 to ${valueText(most, unit)}</span></caption>
<thead><tr><th scope="col">group</th><th scope="col">mean and interval</th><th scope="col">mean</th><th scope="col">${term("interval")}</th><th scope="col">${term("change")}</th><th scope="col">${term("word")}</th></tr></thead>
<tbody>${row(base, first.metric.base, null)}${told.map(({ group, metric }) => row(group, metric.other, metric))}</tbody></table></div>${reasons(told).map(([why, groups]) => html`<p class="note">${groups.join(", ")}: ${why}.</p>`)}`;
}

/** What words rest on where their definition does not say it, each once, with the groups that it holds for. */
function reasons(told: readonly { group: string; metric: MetricComparison }[]): [why: string, groups: string[]][] {
  const found = new Map<string, string[]>();
  for (const { group, metric } of told) if (!SELF_EVIDENT.has(metric.why)) found.set(metric.why, [...(found.get(metric.why) ?? []), group]);
  return [...found];
}

/** The interval as a bar with ends, the mean as a dot; dotted: the baseline's mean. */
function picture({ interval, mean }: GroupValue, { most, reference }: { most: number; reference: number | null }): Markup {
  const { height, margin, width } = PICTURE;
  const x = (value: number): string => (margin + (most === 0 ? 0 : Math.min(1, Math.max(0, value / most))) * (width - 2 * margin)).toFixed(1);
  const middle = height / 2;
  return html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true"><path class="axis" d="M${margin} ${height - 1}H${width - margin}"/>${
    reference === null ? null : html`<path class="reference" d="M${x(reference)} 0V${height}"/>`
  }${interval === null ? null : html`<path class="range" d="M${x(interval.low)} ${middle - 5}v10M${x(interval.low)} ${middle}H${x(interval.high)}M${x(interval.high)} ${middle - 5}v10"/>`}${mean === null ? null : html`<circle class="mean" cx="${x(mean)}" cy="${middle}" r="4"/>`}</svg>`;
}
