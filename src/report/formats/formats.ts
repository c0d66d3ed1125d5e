import type { ToldRun } from "../../analysis/told-run.ts";
import type { PageParts } from "../html/page.ts";
import { renderHtml } from "../html/run-page.ts";
import { renderJunit } from "../junit.ts";
import { suiteOfRun } from "../junit-cases.ts";
import { renderReport } from "../terminal.ts";
import { renderCsv } from "./csv.ts";
import { renderDnsMetrics } from "./dns-metrics.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import type { FormatName } from "./names.ts";
import { renderPercentiles } from "./percentiles.ts";

export interface Format {
  /** The file's name within the run's directory. */
  file: string;
  /** `parts`: what a page brings along, read only where it is asked for. */
  render(told: ToldRun, parts: () => PageParts): string;
}

const PLAIN = { color: false, width: 80 };

/** What a run can be told in. The same facts give the same bytes. */
export const FORMATS = {
  text: { file: "report.txt", render: (told) => renderReport(told, PLAIN) },
  html: { file: "report.html", render: (told, parts) => renderHtml(told, parts()) },
  markdown: { file: "report.md", render: renderMarkdown },
  json: { file: "report.json", render: renderJson },
  csv: { file: "report.csv", render: renderCsv },
  hgrm: { file: "report.hgrm", render: renderPercentiles },
  hlog: { file: "report.hlog", render: ({ latencyLog }) => latencyLog() },
  junit: { file: "report.junit.xml", render: (told) => renderJunit(suiteOfRun(told, null)) },
  "dns-metrics": { file: "report.dns-metrics.jsonl", render: renderDnsMetrics },
} as const satisfies Record<FormatName, Format>;
