import { expect, test } from "vitest";
import { describeLab } from "../integration/capabilities.ts";
import { compared, type Figure, publish } from "./figures.ts";
import { buildC, inC, inTurns, ours } from "./lab-runs.ts";

const ROUNDS = 31;

const STRATEGIES = [
  { strategy: "per-query", method: "C, socket to close", goal: 0.9, dgramGoal: 2 },
  { strategy: "pool", method: "C, 1000 sockets", goal: 0.85, dgramGoal: 1.5 },
] as const;

describeLab("senders of many sockets against C and node:dgram", () => {
  test.each(STRATEGIES)("$strategy, 1 and 2 threads", { timeout: 600_000 }, async ({ strategy, method, goal, dgramGoal }) => {
    const ceiling = buildC("ceiling");
    const figures: Figure[] = [];
    for (const threads of [1, 2]) {
      const load = `strategy: ${strategy}, threads: ${threads}, sockets: 1000, timeout: 1ms, outstanding: 4000`;
      const { reference, libc, dgram, again } = await inTurns({
        rounds: ROUNDS,
        reference: inC(ceiling, strategy, threads),
        others: { libc: ours(`${load}, engine: libc`), dgram: ours(`${load}, engine: dgram`) },
      });
      const measured = { figure: `${strategy}, libc, threads: ${threads}`, unit: "queries/s", values: libc };
      figures.push(
        compared({ ...measured, reference: { name: method, values: reference }, again, goal: { atLeast: goal } }),
        compared({ ...measured, reference: { name: "node:dgram", values: dgram }, goal: { atLeast: dgramGoal } }),
      );
    }
    publish(strategy, figures, []);
    expect(figures.every(({ measured }) => measured.least > 0)).toBe(true);
  });
});
