import type { ToldRun } from "../../../analysis/told-run.ts";
import { tally } from "../../../analysis/words.ts";
import { sysctlDefault } from "../../../kernel/sysctl-defaults.ts";
import { html } from "../markup.ts";
import type { Content, Markup } from "../markup.ts";
import type { Section } from "../parts.ts";

/** These two count what there is; they are no settings. */
const COUNTS = new Set(["nf_conntrack_count", "nf_conntrack_expect_count"]);

/** The machine, and how its connection tracking differs from what Linux sets by itself. */
export function environmentSection({ run }: ToldRun): Section {
  const { environment } = run;
  const { sysctlsAfter: after, sysctlsBefore: before } = environment;
  const settings = Object.entries(before)
    .map(([name, value]) => ({ name: name.replace(/^net\.netfilter\./, ""), value, after: after?.[name] ?? null, standard: sysctlDefault(name, environment.memoryBytes) }))
    .filter(({ name }) => !COUNTS.has(name));
  const differing = settings.filter(({ value, standard, after: now }) => (standard !== null && standard !== value) || (now !== null && now !== value));
  const facts: [string, Content][] = [
    ["run", run.id],
    ["started", run.startedAt],
    ["kernel", environment.kernel],
    ["distribution", environment.distribution ?? "unknown"],
    ["CPU", `${environment.cpus} x ${environment.cpu}`],
    ["memory", `${(environment.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ["privilege", environment.privilege],
    ["tablefull", environment.tablefull],
    ["Node", environment.node],
    ...Object.entries(environment.versions),
  ];
  return {
    id: "environment",
    title: "Environment",
    body: html`<div class="pair"><table class="facts words"><caption>The machine</caption><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>
<div>${differing.length === 0 ? html`<h3>Difference to Linux's defaults</h3><p>None: all ${tally(settings.filter(({ standard }) => standard !== null).length)} nf_conntrack settings whose default is known have it.</p>` : settingsTable("Difference to Linux's defaults", differing)}</div></div>
${details("All nf_conntrack settings", settings.length === 0 ? null : settingsTable("As they were in the client's namespace", settings))}
${details("Rules in the client's namespace (nft list ruleset)", environment.ruleset === null || environment.ruleset.trim() === "" ? null : html`<pre>${environment.ruleset.trim()}</pre>`)}
${details("Scenario", html`<pre>${run.scenarioText.trim()}</pre>`)}`,
  };
}

interface Setting {
  name: string;
  value: string;
  after: string | null;
  standard: string | null;
}

function settingsTable(caption: string, settings: readonly Setting[]): Markup {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table class="data"><caption>${caption}</caption><thead><tr><th scope="col">setting</th><th scope="col">in this run</th><th scope="col">default</th></tr></thead><tbody>${settings.map(
    ({ name, value, after, standard }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td>${standard !== null && standard !== value ? html`<span class="changed">${value}</span>` : value}${after !== null && after !== value ? html` → <span class="changed">${after}</span>` : null}</td><td>${standard ?? "not known"}</td></tr>`,
  )}</tbody></table></div>`;
}

function details(summary: string, body: Markup | null): Markup {
  return body === null ? html`` : html`<details><summary>${summary}</summary>${body}</details>`;
}
