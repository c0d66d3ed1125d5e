import type { EnvironmentDifference } from "../analysis/compare/comparison.ts";
import { METRICS } from "../analysis/compare/metrics.ts";
import type { Regression } from "../analysis/compare/regression.ts";
import { metricReasons, metricTable, TONES } from "./metric-table.ts";
import type { Page } from "./page.ts";
import { painter, wrap } from "./style.ts";

/** Of these a reader may want to know; of sysctls and versions there may be many, and `compare` lists them. */
const TOLD: ReadonlySet<EnvironmentDifference["kind"]> = new Set(["kernel", "host", "max", "buckets", "engine"]);

/** How a run does against a kept one, for a terminal. Returns the text; prints nothing. */
export function renderRegression(regression: Regression, options: { baseline: string; color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const { environment, metrics, verdict, word } = regression;
  const { paint, width } = page;
  const other = environment.filter(({ kind }) => TOLD.has(kind)).map(({ base, other: now, what }) => `${what} ${base ?? "?"} -> ${now ?? "?"}`);
  return [
    "",
    `${paint("bold", "Baseline")}  ${paint(TONES[word], word)}  ${paint("dim", options.baseline)}`,
    `  verdict: ${verdict.why}: ${paint(TONES[verdict.word], verdict.word)}`,
    ...metricTable({ base: "kept", other: "now", metrics }, { ...page, width: width - 2 }).map((line) => `  ${line}`),
    ...metricReasons(metrics, page),
    ...(other.length === 0 ? [] : [paint("dim", wrap(`made elsewhere: ${other.join("; ")}`, { width, first: "  ", indent: "  " }))]),
    "",
  ].join("\n");
}

/** The same in one line: "worse than results/reference/x: EPERM 25.0 % -> 76.8 %". */
export function regressionLine({ metrics, verdict, word }: Regression): string {
  const telling = metrics.filter((metric) => metric.word === word && metric.difference !== null);
  const changes = telling.map(({ metric, base, other }) => `${METRICS[metric].title} ${shareText(base.mean)} -> ${shareText(other.mean)}`);
  return [word, [...(verdict.word === word ? [verdict.why] : []), ...changes].join(", ")].filter((part) => part !== "").join(": ");
}

function shareText(value: number | null): string {
  return value === null ? "?" : `${(value * 100).toFixed(1)} %`;
}
