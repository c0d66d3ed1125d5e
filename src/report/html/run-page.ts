import type { ToldRun } from "../../analysis/told-run.ts";
import { renderPage } from "./page.ts";
import type { PageParts } from "./page.ts";
import { definitionSection } from "./parts.ts";
import type { Section } from "./parts.ts";
import { compositionSection } from "./sections/composition.ts";
import { environmentSection } from "./sections/environment.ts";
import { evidenceSection, nextSection } from "./sections/evidence.ts";
import { runHead } from "./sections/head.ts";
import { latencySection } from "./sections/latency.ts";
import { numbersSection, programsSection, thresholdsSection, tuningsSection } from "./sections/numbers.ts";
import { responseSection } from "./sections/response.ts";
import { timelineSection } from "./sections/timeline.ts";

const SECTIONS: readonly ((told: ToldRun) => Section)[] = [
  evidenceSection,
  thresholdsSection,
  tuningsSection,
  timelineSection,
  responseSection,
  latencySection,
  compositionSection,
  nextSection,
  numbersSection,
  programsSection,
  environmentSection,
];

/** A run as one self-contained HTML file, the verdict first. */
export function renderHtml(told: ToldRun, parts: PageParts): string {
  const { summary } = told;
  const head = runHead(told);
  const sections = SECTIONS.map((section) => section(told));
  return renderPage(parts, {
    title: `${summary.verdict.cause}: ${summary.run.scenario}, ${summary.run.startedAt.slice(0, 10)} · tablefull`,
    head,
    sections: [...sections, definitionSection(head, sections)],
  });
}
