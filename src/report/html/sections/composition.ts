import type { ToldRun } from "../../../analysis/told-run.ts";
import { percent, tally } from "../../../analysis/words.ts";
import type { CompositionRecord } from "../../../store/event-records.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { term } from "../parts.ts";
import type { Section } from "../parts.ts";

const MOMENTS: Record<CompositionRecord["moment"], string> = { start: "before the load", onset: "at onset", end: "after", demand: "on demand" };
/** Groups with a colour of their own; the others share the last one. */
const COLOURS = 5;

/** Who fills the table before the load, at onset and after: a bar each, as long as max, and the numbers. */
export function compositionSection({ summary: { table, router }, timeline }: ToldRun): Section {
  const routed = timeline.routerCompositions.length > 0;
  const compositions = routed ? timeline.routerCompositions : timeline.compositions;
  const max = routed ? (router?.max ?? null) : table.max;
  const names = groupNames(compositions);
  const missing = timeline.compositionsMissing.map(({ moment, why }) => html`<p class="note">Unknown at the ${moment}: ${why}.</p>`);
  if (names.length === 0 && missing.length === 0) return { id: "composition", title: "Who fills the table", body: null };
  return {
    id: "composition",
    title: routed ? "Who fills the router's table" : "Who fills the table",
    body: html`${compositions.map((composition) => bar(composition, { names, max }))}
${names.length === 0 ? null : numbers(compositions, names)}${missing}`,
  };
}

function bar({ atNs, groups, moment }: CompositionRecord, { names, max }: { names: readonly string[]; max: number | null }): Markup {
  const entries = groups.reduce((sum, group) => sum + group.entries, 0);
  const whole = Math.max(max ?? 0, entries, 1);
  const share = max === null || max === 0 ? "" : `, ${percent(entries / max)} of max`;
  return html`<div class="composition"><div class="what"><strong>${MOMENTS[moment]}</strong> ${term("countedAt", `${(atNs / 1e9).toFixed(3)} s`)}: ${term("counted", `${tally(entries)} entries${share}`)}</div>
<div class="bar" aria-hidden="true">${groups.map((group) => html`<span class="fill-${colourOf(names, groupName(group))}" style="width:${((group.entries / whole) * 100).toFixed(3)}%"></span>`)}</div></div>`;
}

function numbers(compositions: readonly CompositionRecord[], names: readonly string[]): Markup {
  const cell = ({ groups }: CompositionRecord, name: string): Markup => {
    const entries = groups.filter((group) => groupName(group) === name).reduce((sum, group) => sum + group.entries, 0);
    const all = groups.reduce((sum, group) => sum + group.entries, 0);
    return html`<td data-term="groupEntries">${tally(entries)}</td><td data-term="groupShare">${all === 0 ? "" : percent(entries / all)}</td>`;
  };
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Entries by group"><table class="data"><caption>Entries by protocol, state and whether they are ${term("assured")}</caption>
<thead><tr><th scope="col" rowspan="2">group</th>${compositions.map(({ moment }) => html`<th scope="colgroup" colspan="2">${MOMENTS[moment]}</th>`)}</tr>
<tr>${compositions.map(() => html`<th scope="col">${term("groupEntries")}</th><th scope="col">${term("groupShare")}</th>`)}</tr></thead>
<tbody>${names.map((name) => html`<tr><th scope="row"><span class="swatch fill-${colourOf(names, name)}" aria-hidden="true"></span>${name}</th>${compositions.map((composition) => cell(composition, name))}</tr>`)}</tbody></table></div>`;
}

/** Every group that was seen, the largest first. */
function groupNames(compositions: readonly CompositionRecord[]): string[] {
  const most = new Map<string, number>();
  for (const group of compositions.flatMap(({ groups }) => groups)) most.set(groupName(group), Math.max(most.get(groupName(group)) ?? 0, group.entries));
  return [...most].sort(([a, entries], [b, others]) => others - entries || (a < b ? -1 : 1)).map(([name]) => name);
}

function groupName({ assured, protocol, state }: CompositionRecord["groups"][number]): string {
  return `${protocol.toUpperCase()} ${state}, ${assured ? "ASSURED" : "not ASSURED"}`;
}

function colourOf(names: readonly string[], name: string): number {
  return Math.min(COLOURS, names.indexOf(name)) + 1;
}
