import { expect, test } from "vitest";
import { describeHost } from "../integration/capabilities.ts";
import { compared, type Figure, publish } from "./figures.ts";
import { isInstalled, type LabRun, LARGE_TABLE, printedBy, runInLab } from "./lab-runs.ts";
import { LEGACY, NONE, type Rules, VARIANTS, look, make } from "./tracking-rules.ts";

const ROUNDS = 4;
/** Packets that leave by one system call are of different flows. */
const WARM_FLOWS = 64;
/** Few tuples a thread, again and again, so that each packet finds its entry; and what a sweep does by default: another tuple for each packet. */
const FLOWS = {
  "warm flows": (threads: number) => `outstanding: 400000, sources: 127.64.0.0/26, ports: 20000-${19_999 + threads}`,
  "new flows": () => "outstanding: 400000",
};
const CPU = ", kernel CPU";
type Flows = keyof typeof FLOWS;
/** One column of the matrix. */
interface Kind {
  threads: number;
  flows: Flows;
}
const KINDS: Kind[] = [1, 2].flatMap((threads) => (["warm flows", "new flows"] as const).map((flows) => ({ threads, flows })));

/**
 * Of one measurement. Packets per second of the senders' CPU time, all threads together: what they send while nobody else has their
 * CPUs, as they never wait. The clock on the wall would measure who else is at work here.
 */
interface Measured {
  pps: number;
  kernelUs: number;
}

// The same sweep each time, to a resolver that answers nothing: what changes is what the kernel does with a packet.
describeHost("the cost of tracking", () => {
  test("packets per second and kernel CPU, as ratios to no conntrack", { timeout: 600_000 }, async () => {
    const legacy = await isInstalled(LEGACY.command);
    const results = new Map(KINDS.map((kind) => [kind, new Map<string, Measured[]>()]));
    for (let round = 0; round < ROUNDS; round++) {
      // Each round begins with another of them.
      const others = [...VARIANTS.slice(round % VARIANTS.length), ...VARIANTS.slice(0, round % VARIANTS.length)];
      // What iptables-legacy has registered stays until the namespace ends.
      const turns = [NONE, ...others, { ...NONE, name: "again" }, ...(legacy ? [LEGACY] : [])];
      for (const [kind, all] of results) {
        const here = turns.filter(({ newFlowsOnly }) => kind.flows === "new flows" || !newFlowsOnly);
        for (const [name, measured] of await measureInTurns(here, kind)) all.set(name, [...(all.get(name) ?? []), measured]);
      }
    }
    const names = [...VARIANTS, ...(legacy ? [LEGACY] : [])].map(({ name }) => name);
    const figures = [...results].flatMap(([kind, all]) => names.filter((name) => all.has(name)).flatMap((name) => figuresOf(name, kind, all)));
    publish("tracking-cost", figures, [
      "Packets per second of the sender threads' CPU time, which is exact; the kernel's timer divides it into kernel and program.",
      "Kernel CPU is the time of the sender threads in the kernel; on loopback a packet is delivered within its send.",
      "Each flow is unanswered; each rule has a counter; the lab's own counter at egress is in all of them, none included.",
      ...(legacy ? [] : ["iptables-legacy is not installed, and was left out."]),
    ]);
    process.stdout.write(`\n${matrix(names, figures)}\n`);
    expect(figures.every(({ measured }) => measured.least > 0)).toBe(true);
  });
});

/** One lab, each set of rules once. Throws where one of them did not do to the packets what it is named for. */
async function measureInTurns(turns: readonly Rules[], { flows, threads }: Kind): Promise<Map<string, Measured>> {
  const how = `strategy: sweep, engine: libc, threads: ${threads}, timeout: 20ms, ${FLOWS[flows](threads)}`;
  const load = `load: { duration: 500ms, ${how} }`;
  const exec = (script: string): string => `exec: { command: ${JSON.stringify(["bash", "-ec", script])} }`;
  const run = await runInLab({
    lab: "resolver: silent, tracking: false",
    table: `${LARGE_TABLE}\nobserve: { every: 100ms }`,
    phases: [load, ...turns.flatMap((rules) => [exec(make(rules)), load, exec(look(rules))])],
  });
  return new Map(turns.map((rules, i) => {
    const phase = 2 + 3 * i;
    checkPremise(rules, { run, phase, flows: flows === "warm flows" ? threads * WARM_FLOWS : sentIn(run, phase) });
    return [rules.name, speedOf(run, phase, threads)];
  }));
}

/** A wrong premise must not become a figure. */
function checkPremise({ name, tracks, entriesBefore, matches }: Rules, { run, phase, flows }: { run: LabRun; phase: number; flows: number }): void {
  printedBy(run, phase - 1);
  const [, entries, entriesOfProbe, expectations, packets] = (/^(\d+) (-?\d+) (\d+) (\d+)$/m.exec(printedBy(run, phase + 1)) ?? []).map(Number);
  const sent = sentIn(run, phase);
  const failed = run.ticks.filter((tick) => tick.phase === phase && tick.attempted !== tick.sent).length;
  expect({ name, failed, entries, entriesOfProbe, expectations, packets }).toEqual({
    name,
    failed: 0,
    entries: (tracks === "queries" ? flows : 0) + entriesBefore,
    // Another packet, to a port that no rule is about: are the hooks registered?
    entriesOfProbe: tracks === "nothing" ? 0 : 1,
    expectations: entriesBefore,
    packets: matches * sent + entriesBefore,
  });
}

function sentIn({ ticks }: LabRun, phase: number): number {
  return ticks.filter((tick) => tick.phase === phase).reduce((sum, { sent }) => sum + sent, 0);
}

function speedOf(run: LabRun, phase: number, threads: number): Measured {
  const cpu = run.events.find((event) => event.type === "load-cpu" && event.phase === phase);
  if (cpu?.type !== "load-cpu" || cpu.senders === null) throw new Error("the CPU time of the senders is unknown");
  const { systemNs, userNs } = cpu.senders;
  const sent = sentIn(run, phase);
  return { pps: (threads * sent) / ((systemNs + userNs) / 1e9), kernelUs: systemNs / 1000 / sent };
}

function named(name: string, { flows, threads }: Kind): string {
  return `${name}, ${flows}, threads: ${threads}`;
}

function figuresOf(name: string, kind: Kind, all: Map<string, Measured[]>): Figure[] {
  const of = (which: string, key: keyof Measured): number[] => (all.get(which) ?? []).map((measured) => measured[key]);
  const against = (key: keyof Measured, unit: string, what: string): Figure => compared({
    figure: `${named(name, kind)}${what}`, unit, values: of(name, key), reference: { name: NONE.name, values: of(NONE.name, key) }, again: of("again", key), goal: null,
  });
  return [against("pps", "packets/s", ""), against("kernelUs", "µs/packet", CPU)];
}

/** As the README shows it: packets a second and kernel CPU a packet, each as a ratio to no conntrack. A tilde stands before what is too noisy. */
function matrix(names: readonly string[], figures: readonly Figure[]): string {
  const ratio = (name: string, kind: Kind, what: string): string => {
    const found = figures.find(({ figure }) => figure === `${named(name, kind)}${what}`);
    return found?.ratio == null ? "" : `${found.judgement === null ? "" : "~"}${found.ratio.median.toFixed(2)}`;
  };
  const cell = (name: string, kind: Kind): string => [ratio(name, kind, ""), ratio(name, kind, CPU)].filter((text) => text !== "").join(" / ");
  const rows = names.map((name) => [name, ...KINDS.map((kind) => cell(name, kind))]);
  const head = ["packets/s / kernel CPU", ...KINDS.map(({ flows, threads }) => `${flows}, ${threads} ${threads === 1 ? "thread" : "threads"}`)];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
