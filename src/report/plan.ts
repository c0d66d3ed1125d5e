import { percent, plural, tally } from "../analysis/words.ts";
import { formatRange, portCount } from "../plan/addresses.ts";
import type { Plan, PlannedFill, PlannedLoad, PlannedPhase, PortRange } from "../plan/plan.ts";
import type { PhasePrediction, Prediction } from "../plan/prediction.ts";
import { longLived } from "../scenario/scenario.ts";
import { CATALOGUE } from "../tuning/catalogue.ts";
import { rateText, time } from "./rate.ts";
import { padLeft, padRight, wrap } from "./style.ts";

const WIDTH = 80;
const LABEL = "predicted".length;
const NODE_SOCKETS =
  "Node's own, as the C library cannot be called here (koffi does not load): a load reaches about half the rate and a fill an eighth; a sweep, queries over TCP and an insertion are not possible";

/** What `tablefull check` prints: the plan as this machine would run it, and what the model says of it. Plain text, no final newline. */
export function renderPlan(plan: Plan, prediction: Prediction): string {
  const { scenario } = plan;
  const head = [
    ["scenario", scenario.name],
    ["lab", labOf(plan)],
    ["table", tableOf(plan)],
    ...(plan.tunings.length === 0 ? [] : [["tunings", plan.tunings.map(({ name }) => `${name} (${CATALOGUE[name].changes})`).join("; ")]]),
    ...(plan.libc ? [] : [["sockets", NODE_SOCKETS]]),
    ["observe", `every ${time(scenario.observe.everyMs)}`],
  ];
  const phases = plan.phases.map((phase, i) => [`${i + 1} ${phase.kind}`, phaseOf(phase)]);
  const cause = prediction.cause ?? `nothing: the model does not know ${prediction.unknown.join(" and ")}`;
  const verdict = [["predicted", scenario.expect === null ? cause : `${cause} (the scenario expects ${scenario.expect})`]];
  return [labelled(head, "", LABEL), `\nphases\n${labelled(phases, "  ")}`, `\nprediction (ideal: no lateness, no foreign traffic, no pass of the collector)\n${indented(predicted(prediction))}`, labelled(verdict, "", LABEL)].join("\n");
}

function labOf({ scenario: { lab }, target }: Plan): string {
  const at = `${target.address}:${target.port}`;
  if (lab.topology === "host") return `none: this machine as it is, towards ${at}`;
  return `${lab.topology}, tracking ${lab.tracking ? "on" : "off"}, ${lab.resolver} resolver, queries to ${at}`;
}

function tableOf({ hostValues, table }: Plan): string {
  const changed = hostValues.max !== null || hostValues.buckets !== null;
  const note = changed ? "set for the run, host-wide, and restored" : "the host's own; nothing is changed";
  return `max ${tally(table.max)}, buckets ${tally(table.buckets)} (${note})`;
}

function phaseOf(phase: PlannedPhase): string {
  switch (phase.kind) {
    case "fill":
      return `${tally(phase.entries)} entries, ${howFilled(phase)}, from ${formatRange(phase.sources)} ${portsOf(phase.ports)}`;
    case "load":
      return loadOf(phase);
    case "exec":
      return `${phase.command.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : JSON.stringify(word))).join(" ")} (at most ${time(phase.timeoutMs)})`;
    case "rest":
      return time(phase.durationMs);
  }
}

function howFilled(fill: PlannedFill): string {
  if (fill.by === "traffic") return `${fill.state} (${fill.engine})`;
  const groups = fill.groups.map(({ protocol, state, assured, timeoutS, share }) =>
    `${percent(share)} ${protocol} ${state}, ${assured ? "ASSURED" : "not ASSURED"}, ${lifetime(timeoutS)} to live`);
  return `inserted: ${groups.join("; ")}`;
}

/** Whole days or hours where they are whole. */
function lifetime(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} ${seconds === 86_400 ? "day" : "days"}`;
  return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${seconds} s`;
}

function loadOf(load: PlannedLoad): string {
  const ends = [load.durationMs === null ? null : time(load.durationMs), load.queries === null ? null : `${tally(load.queries)} queries`];
  const source = load.sources === null ? [] : [formatRange(load.sources)];
  const from = [...source, ...(longLived(load.strategy) ? [] : [portsOf(load.ports)])].join(" ");
  return [
    `${load.strategy} (${load.engine}), ${rateText(load)}${load.shape === null ? "" : ","} for ${ends.filter((end) => end !== null).join(" or ")}`,
    `${load.threads} ${load.threads === 1 ? "thread" : "threads"}`,
    ...(longLived(load.strategy) ? [`${plural(load.sockets, "socket")}${load.opened === "at-start" ? " opened before the first phase" : ""}`] : []),
    ...(load.strategy === "sweep" && load.sockets < portCount(load.ports) ? [`${tally(load.sockets)} sockets at a time`] : []),
    `at most ${tally(load.outstanding)} outstanding`,
    `timeout ${time(load.timeoutMs)}`,
    ...(load.ratePps === null ? [] : [`catch-up ${time(load.catchUpMs)}`]),
    ...(load.retry === null ? [] : [`${load.retry.on} tried again up to ${plural(load.retry.times, "time")} after ${time(load.retry.waitMs)}`]),
    ...(from === "" ? [] : [`from ${from}`]),
    `flow space ${tally(load.flowSpace)}`,
  ].join(", ");
}

function predicted({ phases }: Prediction): string {
  const rows = phases.map((phase, i) => [`${i + 1} ${phase.kind}`, ...numbersOf(phase)]);
  return columns([["", "flows", "entries after", "full after", "EPERM, of new flows", "EPERM"], ...rows], true);
}

/** An empty cell: not a question for this phase. `unknown`: depends on the machine's speed, or on what the model does not know. */
function numbersOf(phase: PhasePrediction): string[] {
  const load = phase.kind === "load";
  const never = phase.known && (phase.epermShare ?? phase.lostShare) === null;
  const fullAfter = phase.fullAfterS === null ? (never ? "never" : "unknown") : `${phase.fullAfterS.toFixed(2)} s`;
  return [
    phase.flows === null && !load ? "" : tally(phase.flows),
    phase.kind === "exec" ? "" : tally(phase.entries),
    load ? fullAfter : "",
    load && phase.epermShare !== null ? `${percent(phase.epermShare)}${phase.silent ? ", silent" : ""}` : "",
    load ? tally(phase.eperm) : "",
  ];
}

function portsOf({ first, last }: PortRange): string {
  return first === last ? `port ${first}` : `ports ${first}-${last}`;
}

function columns(rows: string[][], numbers = false): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, i) => (numbers && i > 0 ? padLeft : padRight)(cell, widths[i] ?? 0)).join("  ").trimEnd();
  return rows.map(line).join("\n");
}

/** Names and their texts, each text wrapped below itself. */
function labelled(rows: string[][], before: string, width = Math.max(0, ...rows.map(([name = ""]) => name.length))): string {
  const indent = " ".repeat(before.length + width + 2);
  return rows
    .map(([name = "", text = ""]) => `${before}${padRight(name, width)}  ${wrap(text, { width: WIDTH, first: indent, indent }).slice(indent.length)}`)
    .join("\n");
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
