import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventRecord } from "../../src/store/event-records.ts";
import type { StoredTick } from "../../src/store/records.ts";
import { openRun } from "../../src/store/read-run.ts";
import { execute, ROOT, runScenario, scenarioFile, temporaryDirectory } from "../integration/program.ts";

/** What is not counted of each sender, ours or another, and what is. V8 goes on compiling for most of a second on a slow machine. */
const WARM_UP_S = 1;
const SECONDS = 0.8;

/** Room for every flow that a sweep of this length opens: a table that fills up would be measured instead. */
export const LARGE_TABLE = "table: { max: 4000000, buckets: 1048576 }";
/** A phase that empties the table, so that every sender finds it alike. */
export const FLUSH = "exec: { command: [conntrack, --flush] }";
/** A scenario may hold that many. */
const MOST_PHASES = 32;

/** A sender that takes part in a comparison: the phase in which it sends, and what the finished run says of it. */
export interface Contender {
  phase: string;
  pps: (run: LabRun, phase: number) => number;
}

/** The parts of a finished run that a bench looks at. */
export interface LabRun {
  ticks: StoredTick[];
  events: EventRecord[];
}

/** Carries a scenario out, in a lab of its own, once the machine is at rest. The silent resolver leaves all CPUs to the senders. */
export async function runInLab({ lab = "resolver: silent", table = "", phases }: { lab?: string; table?: string; phases: string[] }): Promise<LabRun> {
  await rest();
  const results = temporaryDirectory();
  const text = `name: bench\nlab: { ${lab} }\n${table}\nphases:\n${phases.map((phase) => `  - ${phase}\n`).join("")}`;
  await runScenario(scenarioFile(results, text), "--results", results);
  const name = fs.readdirSync(results).find((entry) => entry.endsWith("Z-bench") || entry.includes("-bench-"));
  if (name === undefined) throw new Error("the run was not stored");
  const run = openRun(path.join(results, name));
  const ticks: StoredTick[] = [];
  const events: EventRecord[] = [];
  run.senders((record) => void (record.type === "tick" && ticks.push(record)));
  run.events((record) => void events.push(record));
  fs.rmSync(results, { recursive: true });
  return { ticks, events };
}

/** What the senders of a load phase did each second, all threads together, once they were warm. */
export function steadyPps({ ticks }: LabRun, phase: number, count: (tick: StoredTick) => number): number {
  const ofPhase = ticks.filter((tick) => tick.phase === phase);
  const threads = [...new Set(ofPhase.map(({ thread }) => thread))];
  return threads.reduce((sum, thread) => {
    const own = ofPhase.filter((tick) => tick.thread === thread);
    // The first tick comes 0.1 s after the start.
    const fromNs = (own[0]?.atNs ?? 0) + (WARM_UP_S - 0.1) * 1e9;
    const inside = own.filter(({ atNs }) => atNs > fromNs && atNs <= fromNs + SECONDS * 1e9);
    const before = own[own.indexOf(inside[0] as StoredTick) - 1];
    const last = inside.at(-1);
    if (before === undefined || last === undefined) throw new Error(`phase ${phase} was too short to be measured`);
    return sum + inside.reduce((all, tick) => all + count(tick), 0) / ((last.atNs - before.atNs) / 1e9);
  }, 0);
}

/** What the program of an `exec` phase printed. */
export function printedBy({ events }: LabRun, phase: number): string {
  const event = events.find((candidate) => candidate.type === "exec" && candidate.phase === phase);
  if (event?.type !== "exec" || event.exitCode !== 0) throw new Error(`phase ${phase} did not end well: ${event?.type === "exec" ? event.stderr : "it left no record"}`);
  return event.stdout;
}

/** Builds a reference program in C and gives its path. */
export function buildC(name: "ceiling" | "reads"): string {
  const program = path.join(temporaryDirectory(), name);
  execFileSync("gcc", ["-O2", "-pthread", "-o", program, path.join(ROOT, `test/bench/c/${name}.c`)]);
  return program;
}

/** The C loop of a strategy. */
export function inC(ceiling: string, strategy: string, threads: number): Contender {
  return {
    phase: `exec: { command: [${ceiling}, ${strategy}, "{resolver}", "{port}", "${threads}", "${WARM_UP_S}", "${SECONDS}"] }`,
    pps: (run, phase) => (JSON.parse(printedBy(run, phase)) as { sentPps: number }).sentPps,
  };
}

/** tablefull's own sender; `how` are keys of a load. Queries are given up soon, as nobody answers. */
export function ours(how: string): Contender {
  return { phase: `load: { duration: ${(WARM_UP_S + SECONDS) * 1000}ms, ${how} }`, pps: (run, phase) => steadyPps(run, phase, (tick) => tick.sent) };
}

/**
 * Measures senders in turns, `rounds` times: the reference, each of the others, and at the end of a lab the reference once more,
 * so that every round lies between two measurements of it. `before` are phases that begin each lab, `between` those before each
 * measurement.
 */
export async function inTurns<Name extends string>({ rounds, reference, others, before = [], between = [], ...how }: {
  rounds: number;
  reference: Contender;
  others: Record<Name, Contender>;
  before?: string[];
  between?: string[];
  lab?: string;
  table?: string;
}): Promise<Record<Name | "reference" | "again", number[]>> {
  const names = Object.keys(others) as Name[];
  const round = [reference, ...names.map((name) => others[name])];
  const each = between.length + 1;
  const most = Math.floor((MOST_PHASES - before.length - each) / (round.length * each));
  const pps = Object.fromEntries([...names, "reference", "again"].map((name) => [name, [] as number[]])) as Record<Name | "reference" | "again", number[]>;
  for (let left = rounds; left > 0; left -= most) {
    const here = Math.min(left, most);
    const turns = [...Array.from({ length: here }, () => round).flat(), reference];
    const run = await runInLab({ ...how, phases: [...before, ...turns.flatMap(({ phase }) => [...between, phase])] });
    const measured = turns.map((turn, i) => turn.pps(run, before.length + i * each + between.length));
    for (let i = 0; i < here; i++) {
      const first = i * round.length;
      pps.reference.push(measured[first] as number);
      names.forEach((name, k) => pps[name].push(measured[first + 1 + k] as number));
      pps.again.push(measured[first + round.length] as number);
    }
  }
  return pps;
}

/** Waits until the machine is idle: the kernel goes on taking down the last lab when its processes have ended. */
export async function rest(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const before = cpuTimes();
    await sleep(100);
    const after = cpuTimes();
    if ((after.idle - before.idle) / (after.all - before.all) > 0.9) return;
  }
}

/** Jiffies since the start, of all CPUs together: proc(5), /proc/stat. */
function cpuTimes(): { idle: number; all: number } {
  const [line = ""] = fs.readFileSync("/proc/stat", "utf8").split("\n");
  const times = line.trim().split(/\s+/).slice(1).map(Number);
  return { idle: times[3] ?? 0, all: times.slice(0, 8).reduce((sum, time) => sum + time, 0) };
}

/** Whether a program is installed; otherwise what to say instead of a figure. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await execute("sh", ["-c", `command -v ${program}`])).code === 0;
}
