import { expect, test } from "vitest";
import { describeLab } from "../integration/capabilities.ts";
import { compared, publish } from "./figures.ts";
import { buildC, type Contender, inC, inTurns, ours, printedBy, steadyPps } from "./lab-runs.ts";

const ROUNDS = 12;
/** Nothing of it can be evicted: every new flow is refused. */
const FULL = "fill: { by: insertion, occupancy: 100%, entries: [{ protocol: tcp, state: established, assured: true, timeout: 1h }] }";

const inCRefused = (ceiling: string, threads: number): Contender => ({
  ...inC(ceiling, "sweep", threads),
  pps: (run, phase) => (JSON.parse(printedBy(run, phase)) as { refusedPps: number }).refusedPps,
});
const oursRefused = (how: string): Contender => ({ ...ours(how), pps: (run, phase) => steadyPps(run, phase, ({ failed }) => failed["EPERM"] ?? 0) });

describeLab("sends that a full table refuses", () => {
  test("counted, against C", { timeout: 600_000 }, async () => {
    const ceiling = buildC("ceiling");
    const figures = [];
    for (const threads of [1, 2]) {
      const { reference, own, again } = await inTurns({
        rounds: ROUNDS,
        before: [FULL],
        reference: inCRefused(ceiling, threads),
        others: { own: oursRefused(`strategy: sweep, engine: libc, threads: ${threads}, timeout: 50ms`) },
      });
      const name = "C, sendmmsg with PKTINFO";
      figures.push(compared({ figure: `refused sends, threads: ${threads}`, unit: "EPERM/s", values: own, reference: { name, values: reference }, again, goal: { atLeast: 0.9 } }));
    }
    publish("refused", figures, []);
    expect(figures.every(({ measured: { least } }) => least > 0)).toBe(true);
  });
});
