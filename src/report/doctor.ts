import type { Diagnosis, Level } from "../analysis/diagnose.ts";
import type { HostFacts } from "../analysis/host-facts.ts";
import { percent, tally } from "../analysis/words.ts";
import { bullet, row } from "./page.ts";
import type { Page } from "./page.ts";
import { nextStep } from "./sections/next.ts";
import { type Colour, painter, wrap } from "./style.ts";

const MARKS: Record<Level, { mark: string; colour: Colour }> = {
  fine: { mark: "+", colour: "green" },
  "at risk": { mark: "!", colour: "yellow" },
  failing: { mark: "x", colour: "red" },
};
/** The timeouts that decide how long entries of DNS and of dead connections stay. */
const TIMEOUTS = { udp_timeout: "udp", udp_timeout_stream: "udp ASSURED", tcp_timeout_established: "tcp established", tcp_timeout_time_wait: "tcp time_wait" } as const;

/** One screen about a machine. Returns the text; prints nothing. */
export function renderDiagnosis(facts: HostFacts, diagnosis: Diagnosis, options: { color: boolean; width: number }): string {
  const page: Page = { width: options.width, paint: painter(options.color) };
  const { paint, width } = page;
  const { colour } = MARKS[diagnosis.level];
  const blocks = [
    [`${paint("bold", paint(colour, diagnosis.level))}${paint("dim", `  ${about(facts)}`)}`, "", wrap(diagnosis.sentence, { width, first: "", indent: "" })],
    diagnosis.signs.map(({ level, text }) => bullet(MARKS[level].mark, MARKS[level].colour, text, page)),
    forecastLines(diagnosis, page),
    timeoutLines(facts, page),
    section("Next", diagnosis.next.map((line) => nextStep(line, page)), page),
    section("tablefull itself", diagnosis.lacks.length === 0 ? [bullet("+", "green", "nothing is missing: tablefull run scenarios/kernel-defaults.yaml works here", page)] : diagnosis.lacks.map((text) => bullet("!", "yellow", text, page)), page),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function about({ distribution, initialNamespace, kernel, virtualization }: HostFacts): string {
  const where = initialNamespace !== false ? "" : ", in a network namespace";
  return `Linux ${kernel}${distribution === null ? "" : `, ${distribution}`}${virtualization === null ? "" : `, ${virtualization}`}${where}`;
}

function forecastLines({ forecast }: Diagnosis, page: Page): string[] {
  if (forecast === null) return [];
  const { answer, ratePps } = forecast;
  const at = `at ${tally(ratePps)} new UDP flows/s from one address to one resolver`;
  if (answer.fullAfterS === null) return [row("the model", `${at} the table levels off at ${tally(answer.settled)} entries: ${answer.boundBy === "flow space" ? "there are no more ports" : "entries expire as fast"}`, page)];
  const when = answer.fullAfterS <= 0 ? "is full" : `is full after ${answer.fullAfterS < 10 ? answer.fullAfterS.toFixed(1) : tally(answer.fullAfterS)} s`;
  return [row("the model", `${at} the table ${when}, and then ${percent(answer.epermShare)} of new flows get EPERM`, page)];
}

function timeoutLines({ timeoutsS }: HostFacts, page: Page): string[] {
  const known = Object.entries(TIMEOUTS).flatMap(([name, label]) => (timeoutsS[name] === undefined ? [] : [`${label} ${tally(timeoutsS[name])} s`]));
  return known.length === 0 ? [] : [row("timeouts", known.join(", "), page)];
}

function section(title: string, lines: string[], { paint }: Page): string[] {
  return lines.length === 0 ? [] : [paint("bold", title), ...lines];
}
