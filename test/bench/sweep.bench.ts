import { expect, test } from "vitest";
import { describeHost } from "../integration/capabilities.ts";
import { compared, type Figure, publish } from "./figures.ts";
import { buildC, FLUSH, inC, inTurns, LARGE_TABLE, ours } from "./lab-runs.ts";

const ROUNDS = 31;

describeHost("sweep against C", () => {
  test("sweep, 1 and 2 threads", { timeout: 600_000 }, async () => {
    const ceiling = buildC("ceiling");
    const figures: Figure[] = [];
    for (const threads of [1, 2]) {
      const { reference, libc, again } = await inTurns({
        rounds: ROUNDS,
        reference: inC(ceiling, "sweep", threads),
        others: { libc: ours(`strategy: sweep, engine: libc, threads: ${threads}, timeout: 50ms`) },
        between: [FLUSH],
        table: LARGE_TABLE,
      });
      figures.push(compared({
        figure: `sweep, libc, threads: ${threads}`,
        unit: "new flows/s",
        values: libc,
        reference: { name: "C, sendmmsg with PKTINFO", values: reference },
        again,
        goal: { atLeast: 0.95 },
      }));
    }
    publish("sweep", figures, []);
    expect(figures.every(({ measured }) => measured.least > 0)).toBe(true);
  });
});
