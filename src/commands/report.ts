import type { ToldRun } from "../analysis/told-run.ts";
import { renderReport } from "../report/terminal.ts";
import { summarizeStored } from "../run/summarize-stored.ts";
import { latestRun } from "../store/read-run.ts";
import { reportStyle } from "./terminal.ts";

/** `tablefull report [RUN]`: tells a stored run again, from its facts alone. */
export function reportCommand({ run, results, json }: { run?: string; results: string; json: boolean }): void {
  printReport(summarizeStored(run ?? latestRun(results), { keep: false }), { json });
}

export function printReport(report: ToldRun, { json }: { json: boolean }): void {
  process.stdout.write(json ? `${JSON.stringify(report.summary, null, 2)}\n` : renderReport(report, reportStyle()));
}
