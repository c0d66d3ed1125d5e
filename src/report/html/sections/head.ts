import type { Summary } from "../../../analysis/summary.ts";
import type { ToldRun } from "../../../analysis/told-run.ts";
import { percent, plural, tally } from "../../../analysis/words.ts";
import { ms } from "../../page.ts";
import { reservationsOf, TONES } from "../../sections/verdict.ts";
import { html } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { tile } from "../parts.ts";

const MARKS = { red: "✕", yellow: "!", green: "✓" } as const;

/** The verdict, its sentence, and the numbers that one looks for first. */
export function runHead({ run, summary }: ToldRun): Markup {
  const { cause, sentence } = summary.verdict;
  const tone = TONES[cause] === "green" ? "green" : TONES[cause] === "yellow" ? "yellow" : "red";
  const took = summary.run.durationMs === null ? "" : ` · ${(summary.run.durationMs / 1000).toFixed(1)} s`;
  const [release = ""] = summary.run.kernel.split(" ");
  return html`<p class="eyebrow">tablefull · ${summary.run.startedAt.replace("T", " ").replace(/\..*$/, "")} UTC · Linux ${release} · ${plural(run.environment.cpus, "CPU")}${took}</p>
<h1>${summary.run.scenario}</h1>
<p class="verdict"><span class="badge ${tone}"><span aria-hidden="true">${MARKS[tone]}</span> ${cause}</span>${chips(summary)}</p>
<p class="sentence">${sentence}</p>
<div class="tiles">${tiles(summary)}</div>`;
}

function chips(summary: Summary): Markup[] {
  const { expected, met } = summary.expectation;
  const doubts = reservationsOf(summary).map((text) => html`<span class="chip yellow">${text}</span>`);
  if (expected === null) return doubts;
  return [...doubts, met === true ? html`<span class="chip">as expected</span>` : html`<span class="chip red">expected ${expected}</span>`];
}

function tiles(summary: Summary): Markup[] {
  const { attribution, onset, router, sends, table, watch } = summary;
  const of = (part: number, whole: number): string => (whole === 0 ? "none" : percent(part / whole));
  const queries = sends.attempted - sends.retries;
  const { max, peak } = router ?? table;
  const occupancy = tile("peak", { label: router === null ? "peak occupancy" : "router's peak occupancy", value: peak === null || max === null || max === 0 ? "unknown" : percent(peak / max), unit: `${tally(peak)} of ${tally(max)}` });
  if (watch !== null) {
    return [
      occupancy,
      tile("drop", { value: tally(attribution.drop), unit: "packets", tone: (attribution.drop ?? 0) > 0 ? "red" : "" }),
      tile("earlyDrop", { value: tally(attribution.earlyDrop), unit: "entries evicted" }),
      tile("outDiscards", { value: tally(watch.outDiscards), unit: "datagrams" }),
    ];
  }
  return [
    tile("eperm", { value: of(attribution.eperm, sends.attempted), unit: `${tally(attribution.eperm)} of ${tally(sends.attempted)} sends`, tone: attribution.eperm > 0 ? "red" : "" }),
    ...(attribution.eperm === 0 ? [] : [tile("explained", { value: percent(attribution.explainedShare), unit: `${tally(attribution.drop)} dropped by the kernel` })]),
    tile("answered", { value: of(sends.answered, queries), unit: `${tally(sends.answered)} of ${tally(queries)} queries` }),
    occupancy,
    tile("onset", onset === null ? { value: "never", unit: "in this run" } : { value: `${(onset.sinceLoadMs / 1000).toFixed(onset.sinceLoadMs < 100_000 ? 3 : 1)} s`, unit: `into the load, at ${percent(onset.share)}` }),
    tile("p99", { label: "latency p99", ...p99(summary) }),
  ];
}

function p99({ latency, latencySource, sends }: Summary): { value: string; unit: string } {
  if (latency.p99 === null) return sends.answered === 0 ? { value: "none", unit: "no answer" } : { value: "unknown", unit: "not stored" };
  return { value: ms(latency.p99), unit: `p50 ${ms(latency.p50)}${latencySource === "ticks" ? ", coarse" : ""}` };
}
