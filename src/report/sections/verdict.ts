import type { Summary } from "../../analysis/summary.ts";
import type { ToldRun } from "../../analysis/told-run.ts";
import { bullet } from "../page.ts";
import type { Page } from "../page.ts";
import { wrap } from "../style.ts";
import type { Colour } from "../style.ts";

const TONES: Record<Summary["verdict"]["cause"], Colour> = {
  "table-full": "red",
  "early-drop-masked": "yellow",
  "firewall-drop": "red",
  "insert-clash": "red",
  "chain-too-long": "red",
  "send-buffer": "red",
  elsewhere: "red",
  untracked: "yellow",
  healthy: "green",
  inconclusive: "yellow",
};

/** The cause, the sentence, and what speaks for it and against it. */
export function verdictLines({ summary, run }: ToldRun, page: Page): string[] {
  const { cause, sentence, evidence, against } = summary.verdict;
  const { paint, width } = page;
  const { expected, met } = summary.expectation;
  const expectation = expected === null ? "" : met === true ? " (as expected)" : ` (expected ${expected})`;
  const took = summary.run.durationMs === null ? "" : `, ${(summary.run.durationMs / 1000).toFixed(1)} s`;
  return [
    `${paint("bold", paint(TONES[cause], cause))}${paint(met === false ? "red" : "dim", expectation)}` +
      paint("dim", `  ${summary.run.scenario}, Linux ${summary.run.kernel}, ${run.environment.cpus} CPUs${took}`),
    "",
    wrap(sentence, { width, first: "", indent: "" }),
    ...evidence.map((text) => bullet("+", "green", text, page)),
    ...against.map((text) => bullet("-", "yellow", text, page)),
  ];
}
