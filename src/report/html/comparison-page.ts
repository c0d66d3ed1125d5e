import type { RunGroup } from "../../analysis/compare/compared-run.ts";
import type { Comparison } from "../../analysis/compare/comparison.ts";
import { ranked } from "../../analysis/compare/series.ts";
import type { TuneReport } from "../../analysis/compare/series.ts";
import { plural } from "../../analysis/words.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { renderPage } from "./page.ts";
import type { PageParts } from "./page.ts";
import { definitionSection } from "./parts.ts";
import { differencesSection, leftOutSection, runsSection } from "./sections/comparison-environment.ts";
import { intervalsSection } from "./sections/comparison-intervals.ts";
import { latencyOverlaySection, overlaySection } from "./sections/comparison-overlay.ts";
import { responseOverlaySection } from "./sections/comparison-response.ts";
import { verdictsSection } from "./sections/comparison-verdicts.ts";

/** Groups of runs against the first as one self-contained HTML file: words, intervals, and the runs laid over each other. */
export function renderComparisonHtml(comparison: Comparison, groups: readonly RunGroup[], parts: PageParts): string {
  const { base, contenders } = comparison;
  const against = contenders.length === 1 ? contenders[0]?.name : plural(contenders.length, "group");
  return page({ heading: `${against} against ${base.name}`, comparison, groups }, parts);
}

/** A series of `tune`, in the same way. */
export function renderTuneHtml(report: TuneReport, groups: readonly RunGroup[], parts: PageParts): string {
  const { comparison, scenario } = report;
  return page({ heading: `${scenario}: ${plural(comparison.contenders.length, "tuning")} against the baseline`, comparison, groups, report }, parts);
}

function page({ comparison, groups, heading, report }: { heading: string; comparison: Comparison; groups: readonly RunGroup[]; report?: TuneReport }, parts: PageParts): string {
  const order = ranked(comparison);
  const sorted = { ...comparison, contenders: order };
  const head = headOf(heading, groups, comparison);
  const names = [comparison.base.name, ...order.map(({ name }) => name)];
  const drawn = names.flatMap((name) => groups.find((group) => group.name === name) ?? []);
  const overlay = overlaySection(drawn);
  const sections = [
    verdictsSection(sorted, report?.effects),
    intervalsSection(sorted),
    overlay,
    responseOverlaySection(drawn),
    latencyOverlaySection(drawn),
    leftOutSection(report?.refused ?? []),
    differencesSection(sorted),
    runsSection(sorted),
  ];
  return renderPage(parts, { title: `${heading} · tablefull`, head, sections: [...sections, definitionSection(head, sections)] });
}

function headOf(heading: string, groups: readonly RunGroup[], { base, noise }: Comparison): Markup {
  const first = groups.find(({ name }) => name === base.name)?.runs[0];
  const [release = ""] = first?.run.environment.kernel.split(" ") ?? [];
  const runs = groups.reduce((sum, group) => sum + group.runs.length, 0);
  return html`<p class="eyebrow">tablefull · comparison of ${plural(runs, "run")}${first === undefined ? "" : ` · ${first.summary.run.scenario} · Linux ${release} · ${plural(first.run.environment.cpus, "CPU")}`}</p>
<h1>${heading}</h1>
<p class="note">Means of the runs with 95 % intervals. A change that lies within ${(noise * 100).toFixed(1)} % of the baseline is noise.</p>`;
}
