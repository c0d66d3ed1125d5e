import { findOnset } from "../../../analysis/onset.ts";
import { loadsOf } from "../../../analysis/timeline.ts";
import type { ToldRun } from "../../../analysis/told-run.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import type { Section } from "../parts.ts";

/** What speaks for the verdict and against it, doubts about the measurement, and the first refused send as a program would log it. */
export function evidenceSection({ summary: { verdict }, timeline }: ToldRun): Section {
  const failure = findOnset(timeline)?.failure ?? loadsOf(timeline).find(({ firstFailure }) => firstFailure !== null)?.firstFailure;
  return {
    id: "evidence",
    title: "Evidence",
    body: html`<ul class="evidence">${[
      verdict.evidence.map((text) => item("green", "+", "speaks for it", text)),
      verdict.against.map((text) => item("yellow", "−", "speaks against it", text)),
      verdict.findings.map(({ text }) => item("yellow", "!", "doubt", text)),
    ]}</ul>
${failure == null ? null : html`<p>The error that the program sees:</p><pre class="error">${failure.words}</pre>`}`,
  };
}

/** What to do next. */
export function nextSection({ summary: { verdict } }: ToldRun): Section {
  return {
    id: "next",
    title: "What to do next",
    body: verdict.next.length === 0 ? null : html`<pre class="next">${verdict.next.map((line) => (line.startsWith("#") ? html`<span class="comment">${line}</span>
` : `${line}\n`))}</pre>`,
  };
}

function item(tone: string, mark: string, meaning: string, text: string): Markup {
  return html`<li class="${tone}"><span class="mark" role="img" aria-label="${meaning}">${mark}</span><span>${text}</span></li>`;
}
