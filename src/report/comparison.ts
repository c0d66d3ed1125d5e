import type { RunGroup } from "../analysis/compare/compared-run.ts";
import type { Comparison, Contender, EnvironmentDifference } from "../analysis/compare/comparison.ts";
import { settingText } from "../analysis/compare/settings.ts";
import { percent, plural } from "../analysis/words.ts";
import { metricReasons, metricTable, TONES } from "./metric-table.ts";
import { bullet } from "./page.ts";
import type { Page } from "./page.ts";
import { painter, wrap } from "./style.ts";


/** Groups of runs against the first, for a terminal: the word first, then what it rests on. Returns the text; prints nothing. */
export function renderComparison(comparison: Comparison, groups: readonly RunGroup[], options: { color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const blocks = comparison.contenders.map((contender) => contenderLines(comparison, contender, groups, page).join("\n"));
  return `${blocks.join("\n\n")}\n`;
}

function contenderLines(comparison: Comparison, contender: Contender, groups: readonly RunGroup[], page: Page): string[] {
  const { base, noise } = comparison;
  const { environment, incomparable, metrics, overall } = contender;
  const { paint, width } = page;
  const run = groups[0]?.runs[0];
  const [release = ""] = run?.run.environment.kernel.split(" ") ?? [];
  const sized = ({ name, runs }: Pick<Contender, "name" | "runs">): string => `${name} (${plural(runs.length, "run")})`;
  const about = `${sized(contender)} against ${sized(base)}, ${run?.summary.run.scenario ?? "?"}, Linux ${release}`;
  const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : ["", paint("bold", title), ...lines]);
  return [
    `${paint("bold", paint(TONES[overall.word], overall.word))}${wrap(about, { width, first: " ".repeat(overall.word.length + 2), indent: "  " }).slice(overall.word.length)}`,
    "",
    wrap(`${overall.why.replace(/^./, (first) => first.toUpperCase())}.`, { width, first: "", indent: "" }),
    ...section("Not comparable", incomparable.map((text) => bullet("!", "red", text, page))),
    "",
    verdictLine(contender, page),
    "",
    ...metricTable({ base: base.name, other: contender.name, metrics }, page),
    ...metricReasons(metrics, page),
    ...section("What differs", environment.map((one) => differenceLine(one, page))),
    "",
    paint("dim", wrap(`95 % intervals; noise is ${percent(noise)} of the baseline. pt: percentage points.`, { width, first: "", indent: "" })),
  ];
}

function differenceLine({ base, intendedBy, other, what }: EnvironmentDifference, page: Page): string {
  const change = base === null ? `only now${other === "there" || other === "on" ? "" : `: ${settingText(other)}`}` : other === null ? "no longer" : `${settingText(base)} -> ${settingText(other)}`;
  if (intendedBy === null) return bullet("!", "yellow", `${what}: ${change}, which nothing asks for`, page);
  return bullet("+", "green", `${what}: ${change}${intendedBy === what ? "" : `, as ${intendedBy} asks`}`, page);
}

function verdictLine({ verdict, verdicts }: Contender, { paint }: Page): string {
  const all = Object.keys(verdicts).join(", ");
  return `verdict: ${verdict.why}${verdict.why.includes(all) ? "" : ` (${all})`}: ${paint(TONES[verdict.word], verdict.word)}`;
}
