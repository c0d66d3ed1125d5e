import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { describeLab } from "../integration/capabilities.ts";
import { temporaryDirectory } from "../integration/program.ts";
import { compared, type Figure, publish } from "./figures.ts";
import { type Contender, FLUSH, inTurns, isInstalled, LARGE_TABLE, ours, printedBy, steadyPps } from "./lab-runs.ts";

const ROUNDS = 16;
const OUTSTANDING = 1000;

/** What a load had answered, where `ours` counts what it sent. */
function answered(how: string): Contender {
  return {
    ...ours(how),
    pps: (run, phase) => steadyPps(run, phase, (tick) => Object.values(tick.answered).reduce((sum, count) => sum + count, 0)),
  };
}

function dnsperf(queries: string, clients: number): Contender {
  const words = ["dnsperf", "-s", "{resolver}", "-p", "{port}", "-d", queries, "-c", String(clients), "-q", String(OUTSTANDING), "-l", "1"];
  return {
    phase: `exec: { command: ${JSON.stringify(words)}, timeout: 10s }`,
    pps: (run, phase) => Number(/Queries per second:\s+([\d.]+)/.exec(printedBy(run, phase))?.[1]),
  };
}

// unbound answers from its local data; it and the sender share the CPUs, for both alike.
describeLab("a closed loop against dnsperf", () => {
  test(`${OUTSTANDING} outstanding, towards unbound`, { timeout: 900_000 }, async () => {
    if (!(await isInstalled("dnsperf"))) {
      process.stdout.write("dnsperf is not installed: nothing to compare with; apt-get install dnsperf\n");
      return;
    }
    const queries = path.join(temporaryDirectory(), "queries");
    fs.chmodSync(path.dirname(queries), 0o755);
    fs.writeFileSync(queries, "example.test A\n");
    const figures: Figure[] = [];
    const cases = [
      { figure: "closed loop, a new flow for each query", load: "strategy: sweep", clients: 1000, goal: 1.2 },
      { figure: "closed loop, one socket", load: "strategy: pool, sockets: 1", clients: 1, goal: 1.4 },
    ];
    for (const { clients, figure, goal, load } of cases) {
      const { reference, own, again } = await inTurns({
        rounds: ROUNDS,
        lab: "resolver: unbound",
        table: LARGE_TABLE,
        between: [FLUSH],
        reference: dnsperf(queries, clients),
        others: { own: answered(`${load}, engine: libc, threads: 1, outstanding: ${OUTSTANDING}, timeout: 1s`) },
      });
      figures.push(compared({ figure, unit: "answers/s", values: own, reference: { name: `dnsperf -c ${clients}`, values: reference }, again, goal: { atLeast: goal } }));
    }
    publish("closed-loop", figures, [`${OUTSTANDING} queries outstanding on both sides, one thread each, unbound on the same CPUs.`]);
    expect(figures.every(({ measured }) => measured.least > 0)).toBe(true);
  });
});
