import { createHash } from "node:crypto";
import type { ChartSpec } from "./chart-spec.ts";
import { html, Markup, scriptJson } from "./markup.ts";
import type { Section } from "./parts.ts";
import { STYLE } from "./style.ts";

/** What a page brings along besides its own words: the chart library and the page's script, as they are installed. */
export interface PageParts {
  uplotScript: string;
  uplotStyle: string;
  uplotLicence: string;
  /** Compiled from `browser/`. */
  pageScript: string;
}

/** One self-contained file: no request leaves it, which its own policy makes sure of. */
export function renderPage(parts: PageParts, { title, head, sections }: { title: string; head: Markup; sections: readonly Section[] }): string {
  const shown = sections.flatMap(({ body, ...section }) => (body === null ? [] : [{ ...section, body }]));
  const charts: ChartSpec[] = shown.flatMap((section) => section.charts ?? []);
  const scripts = [`/*!\n${parts.uplotLicence.trim()}\n*/\n${parts.uplotScript}`, parts.pageScript].map((script) => script.replaceAll("</script", "<\\/script"));
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${scripts.map(hashSource).join(" ")}; base-uri 'none'; form-action 'none'`;
  const [library = "", page = ""] = scripts;
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(parts.uplotStyle)}
${new Markup(STYLE)}</style>
</head>
<body>
<header>${head}
<nav aria-label="Sections"><ul>${shown.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}</ul></nav>
</header>
<main>
<noscript><p class="note">The charts need JavaScript; all numbers are in the tables.</p></noscript>
${shown.map((section) => html`<section id="${section.id}" aria-labelledby="${section.id}-title"><h2 id="${section.id}-title">${section.title}</h2>
${section.body}</section>
`)}</main>
<div id="tip" role="tooltip" hidden></div>
<script type="application/json" id="charts">${scriptJson(charts)}</script>
<script>${new Markup(library)}</script>
<script type="module">${new Markup(page)}</script>
</body>
</html>`.text}\n`;
}

function hashSource(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}
