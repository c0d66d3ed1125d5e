import type { LimitReport } from "../analysis/limit-report.ts";
import type { Trial } from "../analysis/trial.ts";
import { percent, plural, tally } from "../analysis/words.ts";
import type { Bracket } from "../search/bisection.ts";
import { bullet, type Page, row } from "./page.ts";
import { padLeft, painter } from "./style.ts";

/** What `find-limit` prints: every rate that was tried, the limit with its bracket, and the model's own. Returns the text. */
export function renderLimit(report: LimitReport, options: { color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const { trials, scenario } = report;
  const sections = [
    [`${page.paint("bold", "find-limit")}  ${scenario}: the highest rate ${wanted(report)}`],
    table(report, page),
    [
      row("limit", limitText(report), page),
      row("model", modelText(report), page),
      row("trials", `${plural(trials.length, "run")}, each stored${trials.length === 0 ? "" : `; the last in ${trials.at(-1)?.directory}`}`, page),
    ],
    trials.flatMap(({ ratePps, doubts }) => doubts.map((text) => bullet("!", "yellow", `${rateText(ratePps)}: ${text}`, page))),
  ];
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** One line about a trial that has just ended. */
export function renderTrial(trial: Trial, { number, most }: { number: number; most: number }): string {
  const { epermShare, lossShare, peakShare, ratePps } = trial;
  const seen = `EPERM ${percent(epermShare)}, lost ${percent(lossShare)}, table ${percent(peakShare)}`;
  return `trial ${number} of at most ${most}: ${rateText(ratePps)}  ${seen}: ${verdictText(trial)}`;
}

/** A rate as it can be typed again: whole from a thousand on, else four digits. */
function rateText(pps: number): string {
  return `${pps >= 1000 ? tally(pps) : String(Number(pps.toPrecision(4)))}/s`;
}

function wanted({ criterion }: LimitReport): string {
  return criterion.kind === "eperm" ? "without EPERM" : `with at most ${percent(criterion.most)} lost`;
}

/** A row for each trial, by rate. */
function table({ trials }: LimitReport, { paint }: Page): string[] {
  if (trials.length === 0) return [];
  const byRate = [...trials].sort((one, other) => one.ratePps - other.ratePps);
  const rows = byRate.map((trial) => [rateText(trial.ratePps), percent(trial.epermShare), percent(trial.lossShare), percent(trial.peakShare)]);
  const head = ["rate", "EPERM", "lost", "table"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((cells) => (cells[column] ?? "").length)));
  const line = (cells: readonly string[]): string => `  ${cells.map((cell, column) => padLeft(cell, widths[column] ?? 0)).join("  ")}`;
  return [
    paint("dim", `${line(head)}  verdict`),
    ...rows.map((cells, index) => {
      const trial = byRate[index] as Trial;
      return `${line(cells)}  ${paint(trial.verdict === "pass" ? "green" : trial.verdict === "generator" ? "yellow" : "red", verdictText(trial))}`;
    }),
  ];
}

function verdictText({ verdict, reachedShare }: Trial): string {
  switch (verdict) {
    case "pass":
      return "passes";
    case "eperm":
      return "EPERM";
    case "loss":
      return "too much lost";
    case "generator":
      return `not reached (${percent(reachedShare)} of the rate)`;
  }
}

function limitText(report: LimitReport): string {
  const { bracket, outcome } = report;
  const [fine, bad] = manners(report);
  switch (outcome) {
    case "found":
      return between(bracket, fine, bad);
    case "above":
      return `${fine} even at ${rateText(bracket.to)}: look higher with --to`;
    case "below":
      return `${bad} even at ${rateText(bracket.from)}: look lower with --from`;
    case "generator": {
      const upTo = bracket.passed === null ? "" : `${fine} up to ${rateText(bracket.passed)}, and `;
      return `not found: ${upTo}the generator could not reach ${rateText(bracket.failed ?? bracket.from)}. That is a limit of the generator here, not of the table: try --threads, --outstanding or --strategy sweep`;
    }
    case "interrupted":
      return `not known: interrupted${seenSoFar(bracket, fine, bad)}`;
  }
}

function seenSoFar({ passed, failed }: Bracket, fine: string, bad: string): string {
  const seen = [...(passed === null ? [] : [`${fine} at ${rateText(passed)}`]), ...(failed === null ? [] : [`${bad} at ${rateText(failed)}`])];
  return seen.length === 0 ? "" : `; so far ${seen.join(", ")}`;
}

function between({ passed, failed }: Bracket, fine: string, bad: string): string {
  return `${rateText(passed ?? 0)}: ${fine} there, ${bad} at ${rateText(failed ?? 0)} (${percent((failed ?? 0) / (passed ?? 1) - 1)} above)`;
}

/** What is said of a rate that passes, and of one that does not. */
function manners({ criterion }: LimitReport): [fine: string, bad: string] {
  return criterion.kind === "eperm" ? ["no EPERM", "EPERM"] : [`at most ${percent(criterion.most)} lost`, "more lost"];
}

function modelText(report: LimitReport): string {
  const { bracket: measured, model } = report;
  if (!model.known) return `no limit: it does not know ${model.unknown.join(" and ")}`;
  const { passed, failed, from, to } = model.bracket;
  const [fine, bad] = manners(report);
  if (passed === null) return `${bad} even at ${rateText(from)}`;
  if (failed === null) return `${fine} even at ${rateText(to)}`;
  const within = passed >= (measured.passed ?? Infinity) && passed <= (measured.failed ?? -Infinity) ? ", within the bracket" : "";
  return `${rateText(passed)}${model.agreement === null ? "" : `: ${percent(model.agreement)} agreement${within}`}`;
}
