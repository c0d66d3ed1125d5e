import type { Summary } from "../../analysis/summary.ts";
import type { ToldRun } from "../../analysis/told-run.ts";
import { bullet } from "../page.ts";
import type { Page } from "../page.ts";
import { wrap } from "../style.ts";
import type { Colour } from "../style.ts";

/** How good or bad a verdict is. */
export const TONES: Record<Summary["verdict"]["cause"], Colour> = {
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
  stopped: "stopped by a threshold",
  running: "killed, or still running",
  failed: "the run failed",
};

/** The cause, the sentence, and what speaks for it and against it. */
export function verdictLines({ summary, run }: ToldRun, page: Page): string[] {
  const { cause, sentence, evidence, against } = summary.verdict;
  const { paint, width } = page;
  const expectation = expectationText(summary);
  const took = summary.run.durationMs === null ? "" : `, ${(summary.run.durationMs / 1000).toFixed(1)} s`;
  const [release = ""] = summary.run.kernel.split(" ");
  const about = `${summary.run.scenario}, Linux ${release}, ${run.environment.cpus} CPUs${took}`;
  const room = width - cause.length - expectation.length - 2;
  return [
    `${paint("bold", paint(TONES[cause], cause))}${paint(summary.expectation.met === false ? "red" : reservationsOf(summary).length === 0 ? "dim" : "yellow", expectation)}${about.length > room ? "" : paint("dim", `  ${about}`)}`,
    ...(about.length > room ? wrap(about, { width, first: "  ", indent: "  " }).split("\n").map((line) => paint("dim", line)) : []),
    "",
    wrap(sentence, { width, first: "", indent: "" }),
    ...evidence.map((text) => bullet("+", "green", text, page)),
    ...against.map((text) => bullet("-", "yellow", text, page)),
  ];
}

/** What must be said before the verdict is read: how the run ended, and that its numbers contradict each other. */
export function reservationsOf({ run, verdict }: Summary): string[] {
  const ended = STATES[run.state];
  return [...(ended === null ? [] : [ended]), ...(verdict.doubtful ? ["IN DOUBT: its books do not balance"] : [])];
}

function expectationText(summary: Summary): string {
  const { expected, met } = summary.expectation;
  const reservations = reservationsOf(summary);
  if (reservations.length === 0 && met === true) return " (as expected)";
  const parts = expected === null ? reservations : [...reservations, `expected ${expected}`];
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}
