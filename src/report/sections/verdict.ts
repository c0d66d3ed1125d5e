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

/** What a run that did not finish must say before its verdict is read. */
const STATES: Record<Summary["run"]["state"], string | null> = {
  finished: null,
  interrupted: "interrupted",
  running: "killed, or still running",
  failed: "the run failed",
};

/** The cause, the sentence, and what speaks for it and against it. */
export function verdictLines({ summary, run }: ToldRun, page: Page): string[] {
  const { cause, sentence, evidence, against } = summary.verdict;
  const { paint, width } = page;
  const { expected, met } = summary.expectation;
  const ended = STATES[summary.run.state];
  const expectation = ended !== null ? ` (${ended}${expected === null ? "" : `; expected ${expected}`})` : expected === null ? "" : met === true ? " (as expected)" : ` (expected ${expected})`;
  const took = summary.run.durationMs === null ? "" : `, ${(summary.run.durationMs / 1000).toFixed(1)} s`;
  const [release = ""] = summary.run.kernel.split(" ");
  const about = `${summary.run.scenario}, Linux ${release}, ${run.environment.cpus} CPUs${took}`;
  const room = width - cause.length - expectation.length - 2;
  return [
    `${paint("bold", paint(TONES[cause], cause))}${paint(met === false ? "red" : ended === null ? "dim" : "yellow", expectation)}${about.length > room ? "" : paint("dim", `  ${about}`)}`,
    ...(about.length > room ? wrap(about, { width, first: "  ", indent: "  " }).split("\n").map((line) => paint("dim", line)) : []),
    "",
    wrap(sentence, { width, first: "", indent: "" }),
    ...evidence.map((text) => bullet("+", "green", text, page)),
    ...against.map((text) => bullet("-", "yellow", text, page)),
  ];
}
