import type { Contender, MetricComparison, MetricName, Word } from "../analysis/compare/comparison.ts";
import { METRICS } from "../analysis/compare/metrics.ts";
import { ranked } from "../analysis/compare/series.ts";
import { FEWEST } from "../analysis/statistics/mean-difference.ts";
import type { TuneReport } from "../analysis/compare/series.ts";
import { percent, plural } from "../analysis/words.ts";
import { CATALOGUE } from "../tuning/catalogue.ts";
import { changeText, groupText, rangeText, TONES } from "./metric-table.ts";
import { bullet } from "./page.ts";
import type { Page } from "./page.ts";
import { padLeft, padRight, painter, wrap } from "./style.ts";

const COSTS = ["answeredPps", "latencyP99Ms", "peakOccupancy", "tableMemoryBytes", "kernelUsPerQuery"] as const satisfies readonly MetricName[];
/** What a tuning may make worse without any query failing: its side effects. */
const SIDE_EFFECTS = ["answeredPps", "latencyP99Ms", "tableMemoryBytes", "kernelUsPerQuery"] as const satisfies readonly MetricName[];

/** A series for a terminal: who helps, at what cost, and what was left out. Returns the text; prints nothing. */
export function renderTune(report: TuneReport, options: { color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const { paint, width } = page;
  const { base, contenders, noise } = report.comparison;
  const order = ranked(report.comparison);
  const measured = contenders[0];
  const unfinished = report.left === 0 ? "" : `, ${plural(report.left, "run")} still to be made`;
  const doubts = [...new Set(order.flatMap(({ name, incomparable }) => incomparable.map((text) => `${name}: ${text}`)))];
  const blocks = [
    [paint("bold", `${report.scenario}: ${plural(order.length, "tuning")} against the baseline`), paint("dim", `${plural(report.rounds, "round")}, each in an order of its own (--seed ${report.seed})${unfinished}`)],
    measured === undefined ? ["No tuning has been measured yet."] : table(
      ["", "", "verdict", "EPERM", "95 %", "answered", "change", "95 %"],
      [
        [base.name, "", verdicts(base.verdicts), ...shares(measured, "base"), "", ""],
        ...order.map((one) => [one.name, one.overall.word, verdicts(one.verdicts), ...shares(one, "other"), ...change(one)]),
      ],
      page,
    ),
    measured === undefined ? [] : [paint("bold", "What it costs"), ...table(
      ["", ...COSTS.map((name) => METRICS[name].title)],
      [[base.name, ...costs(measured, "base")], ...order.map((one) => [one.name, ...costs(one, "other")])],
      page,
    )],
    section("Side effects", order.map((one) => bullet(one.overall.word === "worse" ? "-" : "!", one.overall.word === "worse" ? "red" : "yellow", sideEffects(one), page)), page),
    section("Left out", report.refused.map(({ name, why }) => bullet("!", "yellow", `${name}: ${why}`, page)), page),
    section("Not comparable", doubts.map((text) => bullet("!", "red", text, page)), page),
    [paint("dim", wrap(`Means of the runs; 95 % intervals; noise is ${percent(noise)} of the baseline; pt: percentage points.${fewRuns(report)} Stored in ${report.directory}`, { width, first: "", indent: "" }))],
  ];
  return `${blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** What one or two runs of each cannot tell. */
export function fewRuns({ rounds }: Pick<TuneReport, "rounds">): string {
  return rounds < FEWEST ? ` With fewer than ${FEWEST} runs of each the words rest on counts alone: a few points may be chance.` : "";
}

function metricOf({ metrics }: Contender, name: MetricName): MetricComparison | undefined {
  return metrics.find(({ metric }) => metric === name);
}

function verdicts(counted: Contender["verdicts"]): string {
  const all = Object.entries(counted).sort(([, a], [, b]) => b - a);
  return all.length === 1 ? (all[0]?.[0] ?? "") : all.map(([cause, count]) => `${count} ${cause}`).join(", ");
}

function shares(contender: Contender, side: "base" | "other"): string[] {
  const [eperm, answered] = [metricOf(contender, "epermShare"), metricOf(contender, "answeredShare")];
  return [eperm === undefined ? "?" : groupText(eperm[side], "share"), eperm === undefined ? "?" : rangeText(eperm[side].interval), answered === undefined ? "?" : groupText(answered[side], "share")];
}

function change(contender: Contender): string[] {
  const answered = metricOf(contender, "answeredShare");
  return answered === undefined ? ["", ""] : changeText(answered, "share");
}

function costs(contender: Contender, side: "base" | "other"): string[] {
  return COSTS.map((name) => {
    const metric = metricOf(contender, name);
    return metric === undefined ? "?" : groupText(metric[side], METRICS[name].unit);
  });
}

/** What the runs showed, and what they cannot show. */
function sideEffects(contender: Contender): string {
  const worse = SIDE_EFFECTS.filter((name) => metricOf(contender, name)?.word === "worse").map((name) => METRICS[name].title);
  const seen = worse.length === 0 ? "" : `worse ${worse.join(", ")}; `;
  const tuning = Object.entries(CATALOGUE).find(([name]) => name === contender.name)?.[1];
  return `${contender.name}: ${seen}${tuning?.cost ?? ""}`;
}

function table(head: string[], rows: string[][], { paint }: Page): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row, index) => {
    const cells = row.map((cell, column) => {
      const text = (column === 0 || cell in TONES || head[column] === "verdict" ? padRight : padLeft)(cell, widths[column] ?? 0);
      return cell in TONES ? paint(TONES[cell as Word], text) : text;
    });
    const line = cells.join("  ").trimEnd();
    return index === 0 ? paint("dim", line) : line;
  });
}

function section(title: string, lines: string[], { paint }: Page): string[] {
  return lines.length === 0 ? [] : [paint("bold", title), ...lines];
}
