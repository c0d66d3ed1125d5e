import { DEFINITIONS } from "./definitions.ts";
import type { Term } from "./definitions.ts";
import type { ChartSpec, SeriesSpec } from "./chart-spec.ts";
import { html } from "./markup.ts";
import type { Content, Markup } from "./markup.ts";

/** A section of the page, with an address of its own; null where it has nothing to say. */
export interface Section {
  id: string;
  title: string;
  body: Markup | null;
  charts?: readonly ChartSpec[];
}

/** What explains itself on hover and on focus. */
export function term(name: Term, content: Content = DEFINITIONS[name][0]): Markup {
  return html`<span class="term" tabindex="0" data-term="${name}" aria-describedby="def-${name}">${content}</span>`;
}

/** A number that should be seen first. */
export function tile(name: Term, { label = DEFINITIONS[name][0], value, unit, tone = "" }: { label?: string; value: string; unit: string; tone?: string }): Markup {
  return html`<div class="tile ${tone}" tabindex="0" data-term="${name}" aria-describedby="def-${name}"><span class="label">${label}</span><span class="value">${value}<span class="unit"> ${unit}</span></span></div>`;
}

/** A table of numbers: what it is, and its value. */
export function factTable(caption: string, rows: readonly (readonly [name: Term, value: Content, label?: string])[]): Markup {
  return html`<table class="facts"><caption>${caption}</caption><tbody>${rows.map(
    ([name, value, label]) => html`<tr data-term="${name}"><th scope="row">${term(name, label)}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}

/** A chart, its legend and what it says in words. */
export function chartFigure(spec: ChartSpec, { title, told, legend }: { title: string; told: string; legend: Partial<Record<string, Term>> }): Markup {
  return html`<figure class="chart" id="figure-${spec.id}">
<figcaption><h3>${title}</h3><div class="legend" role="group" aria-label="Series of: ${title}">${spec.series.map((series, index) => legendKey(spec.id, index, { series, name: legend[series.key] }))}</div></figcaption>
<div class="plot" id="plot-${spec.id}" style="min-height:${spec.height}px" tabindex="0" role="img" aria-label="${title}. ${told} Keys: left and right read values, plus and minus zoom, 0 shows all."></div>
</figure>`;
}

function legendKey(chart: string, index: number, { series, name }: { series: SeriesSpec; name: Term | undefined }): Markup {
  const label = series.label ?? (name === undefined ? series.key : DEFINITIONS[name][0]);
  const described = name === undefined ? html`` : html` data-term="${name}" aria-describedby="def-${name}"`;
  return html`<button type="button" class="key" aria-pressed="true" data-chart="${chart}" data-series="${index + 1}"${described}><svg width="30" height="12" aria-hidden="true">${legendMark(series)}</svg>${label} <output></output></button>`;
}

/** As the chart draws it: the same mark, or the same dashes. */
function legendMark({ colour, dash, mark }: SeriesSpec): Markup {
  if (mark !== undefined) return html`<path class="stroke-${colour} point" transform="translate(15 6)" d="${mark}"/>`;
  return html`<path class="stroke-${colour}" d="M1 6h28" stroke-dasharray="${dash.join(" ")}"/>`;
}

/** Every definition that the sections speak of. */
export function definitionSection(head: Markup, sections: readonly Section[]): Section {
  const spoken = [head, ...sections.map(({ body }) => body)].map((markup) => markup?.text ?? "").join("");
  const used = Object.entries(DEFINITIONS).filter(([name]) => spoken.includes(`data-term="${name}"`));
  const body = html`<dl class="glossary">${used.map(([name, [title, text]]) => html`<div><dt>${title}</dt><dd id="def-${name}">${text}</dd></div>`)}</dl>`;
  return { id: "definitions", title: "Definitions", body };
}
