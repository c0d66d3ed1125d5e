import type { Comparison, EnvironmentDifference } from "../../../analysis/compare/comparison.ts";
import { settingText } from "../../../analysis/compare/settings.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import type { Section } from "../parts.ts";

/** What differs between the environments of each group and the baseline, and what asks for it. */
export function differencesSection({ contenders }: Comparison): Section {
  const differing = contenders.filter(({ environment }) => environment.length > 0);
  return {
    id: "differences",
    title: "What differs",
    body: contenders.length === 0 ? null : differing.length === 0 ? html`<p>Nothing: all groups were run in the same environment, with the same settings.</p>` : html`${differing.map(
      ({ environment, name }) => html`<div class="scroll" tabindex="0" role="group" aria-label="What differs in ${name}"><table class="data words"><caption>${name}</caption><thead><tr><th scope="col">what</th><th scope="col">baseline</th><th scope="col">here</th><th scope="col">because of</th></tr></thead><tbody>${environment.map(differenceRow)}</tbody></table></div>`,
    )}`,
  };
}

/** Which runs stand behind each group. */
export function runsSection({ base, contenders }: Comparison): Section {
  return {
    id: "runs",
    title: "Runs",
    body: html`<table class="facts words"><tbody>${[base, ...contenders].map(({ name, runs }) => html`<tr><th scope="row">${name}</th><td>${runs.map((run) => html`<code>${run}</code> `)}</td></tr>`)}</tbody></table>`,
  };
}

/** Tunings that could not be carried out; nothing without one. */
export function leftOutSection(refused: readonly { name: string; why: string }[]): Section {
  return {
    id: "left-out",
    title: "Left out",
    body: refused.length === 0 ? null : html`<ul class="evidence">${refused.map(({ name, why }) => html`<li class="yellow"><span class="mark" role="img" aria-label="left out">!</span><span>${name}: ${why}</span></li>`)}</ul>`,
  };
}

function differenceRow({ base, intendedBy, other, what }: EnvironmentDifference): Markup {
  return html`<tr><th scope="row">${what}</th><td>${base === null ? "none" : settingText(base)}</td><td>${other === null ? "none" : settingText(other)}</td><td>${intendedBy ?? html`<span class="yellow">nothing asks for it</span>`}</td></tr>`;
}
