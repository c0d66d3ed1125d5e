import { modelApplies } from "../../analysis/model-check.ts";
import type { ToldRun } from "../../analysis/told-run.ts";
import { percent, tally } from "../../analysis/words.ts";
import { chartTitle, renderChart } from "../chart.ts";
import { ms } from "../page.ts";
import { painter } from "../style.ts";

/** Wide enough for the chart's columns, narrow enough for a comment on GitHub. */
const CHART_WIDTH = 84;

/** A run for a pull request or an issue: verdict, evidence, numbers and a text chart; stays far below GitHub's 65,536 characters. */
export function renderMarkdown({ run, summary, timeline }: ToldRun): string {
  const { verdict, expectation } = summary;
  const expected = expectation.expected === null ? "" : expectation.met === true ? " (as expected)" : ` (expected \`${expectation.expected}\`)`;
  const state = summary.run.state === "finished" ? "" : `\n> This run did not finish: it is \`${summary.run.state}\`.\n`;
  const doubt = verdict.doubtful ? "> **In doubt**: the books of this run do not balance, so no number here can be relied on." : "";
  const chart = renderChart(timeline, { width: CHART_WIDTH, paint: painter(false) });
  const blocks = [
    `## \`${verdict.cause}\`${expected}: ${escaped(summary.run.scenario)}`,
    state,
    doubt,
    escaped(verdict.sentence),
    [...verdict.evidence.map((text) => `- ${escaped(text)}`), ...verdict.against.map((text) => `- against it: ${escaped(text)}`)].join("\n"),
    numbers(summary),
    chart.length === 0 ? "" : details(chartTitle(timeline), `\`\`\`text\n${chart.join("\n")}\n\`\`\``),
    verdict.findings.length === 0 ? "" : `**Doubts**\n\n${verdict.findings.map(({ text }) => `- ${escaped(text)}`).join("\n")}`,
    verdict.next.length === 0 ? "" : details("Next", `\`\`\`sh\n${verdict.next.join("\n")}\n\`\`\``),
    details("Environment", environment(run)),
  ];
  return `${blocks
    .map((block) => block.trim())
    .filter((block) => block !== "")
    .join("\n\n")}\n`;
}

function numbers(summary: ToldRun["summary"]): string {
  const { attribution, latency, latencySource, model, onset, sends, table, watch } = summary;
  const sent: [string, string][] = [
    ["sends", `${tally(sends.attempted)} attempted, ${tally(sends.sent)} sent, ${tally(sends.answered)} answered`],
    ["EPERM", `${tally(attribution.eperm)}${sends.attempted === 0 ? "" : ` (${percent(attribution.eperm / sends.attempted)} of the sends)`}`],
  ];
  const rows: [string, string][] = [
    ...(watch === null ? sent : []),
    ["counted by the kernel", `drop ${tally(attribution.drop)}, early drop ${tally(attribution.earlyDrop)}`],
    ["table", `peak ${tally(table.peak)} of ${tally(table.max)}, ${tally(table.buckets)} buckets`],
  ];
  if (onset !== null) rows.push(["onset", `${(onset.sinceLoadMs / 1000).toFixed(3)} s into the load, table at ${percent(onset.share)}`]);
  if (modelApplies(summary) && model.predictedEpermShare !== null) rows.push(["model", `${percent(model.predictedEpermShare)} refused once full, measured ${percent(model.measuredEpermShare)}`]);
  if (latency.p50 !== null) rows.push(["latency", `p50 ${ms(latency.p50)}, p99 ${ms(latency.p99)}, max ${ms(latency.max)}${latencySource === "ticks" ? " (coarse: 1 significant digit)" : ""}`]);
  return ["| | |", "|---|---|", ...rows.map(([label, text]) => `| ${label} | ${text} |`)].join("\n");
}

function environment({ environment: { cpu, cpus, distribution, kernel, node, privilege, tablefull }, id }: ToldRun["run"]): string {
  return [
    `- run \`${id}\`, tablefull ${escaped(tablefull)}, Node ${escaped(node)}, ${privilege}`,
    `- Linux ${escaped(kernel)}${distribution === null ? "" : `, ${escaped(distribution)}`}`,
    `- ${cpus} x ${escaped(cpu)}`,
  ].join("\n");
}

function details(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

/** What Markdown or HTML would take for its own; an underscore within a word is safe on GitHub. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*<>|[\]]/g, (character) => `\\${character}`).replaceAll(/\s+/g, " ");
}
