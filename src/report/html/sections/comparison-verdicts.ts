import type { Comparison, Contender, Word } from "../../../analysis/compare/comparison.ts";
import type { Effect } from "../../../analysis/compare/remedies.ts";
import { plural } from "../../../analysis/words.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { term } from "../parts.ts";
import type { Section } from "../parts.ts";

const MARKS: Record<Word, { tone: string; mark: string }> = {
  better: { tone: "green", mark: "▲" },
  worse: { tone: "red", mark: "▼" },
  "no difference": { tone: "", mark: "=" },
  "cannot tell": { tone: "yellow", mark: "?" },
};

/** Each group against the baseline, in a word and what it rests on. */
export function verdictsSection({ base, contenders }: Comparison, effects: Record<string, Effect> | undefined): Section {
  const doubts = [...new Set(contenders.flatMap(({ incomparable, name }) => incomparable.map((text) => `${name}: ${text}`)))];
  return {
    id: "verdicts",
    title: "Which is better",
    body: html`<div class="scroll" tabindex="0" role="group" aria-label="Which is better"><table class="data words"><thead><tr><th scope="col">group</th><th scope="col">${term("word")}</th><th scope="col">because</th>${effects === undefined ? null : html`<th scope="col">the failure</th>`}<th scope="col">verdict</th><th scope="col">runs</th></tr></thead>
<tbody><tr><th scope="row">${base.name}</th><td>baseline</td><td></td>${effects === undefined ? null : html`<td></td>`}<td>${verdictText(base.verdicts)}</td><td>${base.runs.length}</td></tr>
${contenders.map(({ name, overall, runs, verdicts }) => html`<tr><th scope="row"><strong>${name}</strong></th><td>${wordMark(overall.word)}</td><td>${overall.why}</td>${effects === undefined ? null : html`<td>${effects[name] ?? ""}</td>`}<td>${verdictText(verdicts)}</td><td>${runs.length}</td></tr>`)}</tbody></table></div>
${doubts.length === 0 ? null : html`<h3>Not comparable</h3><ul class="evidence">${doubts.map((text) => html`<li class="red"><span class="mark" role="img" aria-label="doubt">!</span><span>${text}</span></li>`)}</ul>`}
${contenders.length === 0 ? html`<p>Nothing has been measured against the baseline yet.</p>` : null}`,
  };
}

/** "▲ better", in colour and without. */
export function wordMark(word: Word): Markup {
  const { mark, tone } = MARKS[word];
  return html`<span class="word ${tone}"><span aria-hidden="true">${mark}</span> ${word}</span>`;
}

function verdictText(verdicts: Contender["verdicts"]): string {
  const all = Object.entries(verdicts).sort(([, a], [, b]) => b - a);
  return all.length === 1 ? (all[0]?.[0] ?? "") : all.map(([cause, count]) => `${cause} in ${plural(count, "run")}`).join(", ");
}
