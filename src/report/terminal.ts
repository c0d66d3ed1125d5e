import type { ToldRun } from "../analysis/told-run.ts";
import { chartTitle, renderChart } from "./chart.ts";
import { bullet } from "./page.ts";
import type { Page } from "./page.ts";
import { attributionLines } from "./sections/attribution.ts";
import { nextStep } from "./sections/next.ts";
import { numberLines } from "./sections/numbers.ts";
import { occupancyLines } from "./sections/occupancy.ts";
import { onsetLines } from "./sections/onset.ts";
import { programLines } from "./sections/programs.ts";
import { routerLines } from "./sections/router.ts";
import { thresholdLines } from "./sections/thresholds.ts";
import { tuningLines } from "./sections/tunings.ts";
import { verdictLines } from "./sections/verdict.ts";
import { painter } from "./style.ts";

/** Renders a run for a terminal or a log file, the verdict first. Returns the text; prints nothing. */
export function renderReport(input: ToldRun, options: { color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const { summary, timeline } = input;
  const sections: string[][] = [
    verdictLines(input, page),
    section("Thresholds", thresholdLines(summary, page), page),
    section("Tunings", tuningLines(summary, page), page),
    section("Onset", onsetLines(input, page), page),
    section(chartTitle(timeline), renderChart(timeline, page), page),
    section("EPERM by occupancy", occupancyLines(summary, page), page),
    section("Attribution", attributionLines(summary, page), page),
    section("Router", routerLines(summary, page), page),
    section("Programs", programLines(timeline, page), page),
    section("Numbers", numberLines(summary, page), page),
    section("Doubts", summary.verdict.findings.map(({ text }) => bullet("!", "yellow", text, page)), page),
    section("Next", summary.verdict.next.map((line) => nextStep(line, page)), page),
    [page.paint("dim", `Stored in ${input.directory}`)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** A section with nothing to say is left out. */
function section(title: string, lines: string[], { paint }: Page): string[] {
  return lines.length === 0 ? [] : [paint("bold", title), ...lines];
}
