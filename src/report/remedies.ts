import { EFFECTS, type Effect, harmless } from "../analysis/compare/remedies.ts";
import type { Contender } from "../analysis/compare/comparison.ts";
import { ranked, type TuneReport } from "../analysis/compare/series.ts";
import { plural } from "../analysis/words.ts";
import { type Page, row } from "./page.ts";
import { painter, wrap } from "./style.ts";
import { fewRuns } from "./tune.ts";

const TITLES: Record<Effect, string> = { mends: "mends it", eases: "eases it", moves: "moves it", "no difference": "no difference", "cannot tell": "cannot tell", worse: "makes worse" };

/** What each tuning does to the failure of each of several scenarios, for a terminal. Returns the text; prints nothing. */
export function renderRemedies(reports: readonly TuneReport[], options: { color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const head = page.paint("bold", `Remedies for ${plural(reports.length, "scenario")}`);
  const few = [...new Set(reports.map(fewRuns))].filter((text) => text !== "").map((text) => [page.paint("dim", wrap(text.trim(), { width: page.width, first: "", indent: "" }))]);
  return `${[[head], ...reports.map((report) => remediesOf(report, page)), ...few].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function remediesOf({ comparison, effects, refused, scenario }: TuneReport, page: Page): string[] {
  const { base } = comparison;
  const lines = EFFECTS.map((effect) => ({ effect, names: ranked(comparison).filter(({ name }) => effects[name] === effect).map(nameOf) }))
    .filter(({ names }) => names.length > 0)
    .map(({ effect, names }) => row(effect === "moves" && harmless(base.verdicts) ? "other verdict" : TITLES[effect], names.join(", "), page));
  const left = refused.length === 0 ? [] : [row("does not fit", refused.map(({ name }) => name).join(", "), page)];
  return [`${page.paint("bold", scenario)}  ${causes(base.verdicts).join(", ")}`, ...lines, ...left];

  /** A verdict that is not what the effect alone tells stands with the name. */
  function nameOf({ name, verdicts }: Contender): string {
    const after = causes(verdicts);
    const expected = effects[name] === "mends" ? ["healthy", "untracked"] : causes(base.verdicts);
    const other = after.filter((cause) => !expected.includes(cause));
    return other.length === 0 ? name : `${name} (${other.join(", ")})`;
  }
}

function causes(verdicts: TuneReport["comparison"]["base"]["verdicts"]): string[] {
  return Object.keys(verdicts);
}
