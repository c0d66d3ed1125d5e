import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { openRun } from "../../src/store/read-run.ts";
import { readHostTable } from "../integration/host-table.ts";
import { describeLab } from "../integration/capabilities.ts";
import { execute, parseSummary, unprivileged } from "../integration/program.ts";
import { absolute, publish } from "./figures.ts";
import { rest } from "./lab-runs.ts";

const ROUNDS = 9;
const WHOLE = 262_144;

interface Filled {
  seconds: number;
  refusedShare: number;
}

describeLab("a full table of ASSURED entries", () => {
  test("as root and without privileges", { timeout: 600_000 }, async () => {
    const table = readHostTable();
    const user = unprivileged();
    const scenario = path.join(user.scenarios, "bench-fill.yaml");
    fs.writeFileSync(scenario, "name: fill\nphases:\n  - fill: { occupancy: 100%, state: assured }\n  - load: { strategy: sweep, queries: 5000, rate: 10000/s, timeout: 50ms }\n");
    const runs: Record<"root" | "rootless", Filled[]> = { root: [], rootless: [] };
    for (let round = 0; round < ROUNDS; round++) {
      if (process.getuid?.() === 0) runs.root.push(await fill([process.execPath], user, scenario));
      runs.rootless.push(await fill(user.prefix, user, scenario));
    }
    const figures = (["root", "rootless"] as const).flatMap((who) =>
      runs[who].length === 0 ? [] : [
        absolute({ figure: `start to ${WHOLE} ASSURED, ${who}`, unit: "s", values: runs[who].map(({ seconds }) => seconds), goal: { atMost: 3.5 } }),
        absolute({ figure: `new flows refused then, ${who}`, unit: "of 1", values: runs[who].map(({ refusedShare }) => refusedShare), goal: { atLeast: 0.99 } }),
      ],
    );
    publish("fill", figures, [`nf_conntrack_max ${table.max}, buckets ${table.buckets}; from the start of the process, with the building of the lab. ASSURED cannot come sooner than 2.01 s after a flow's first packet.`]);
    expect(Number(table.max)).toBe(WHOLE);
    expect(figures.every(({ measured }) => measured.least > 0)).toBe(true);
  });
});

async function fill([command = "", ...prefix]: string[], { cli, results }: ReturnType<typeof unprivileged>, scenario: string): Promise<Filled> {
  await rest();
  const startedMs = Date.now();
  const { stdout, stderr } = await execute(command, [...prefix, cli, "run", scenario, "--json", "--quiet", "--results", results], { cwd: path.dirname(results) });
  const summary: Summary = parseSummary(stdout, stderr);
  const run = openRun(path.join(results, summary.run.id));
  let filledNs = Number.NaN;
  run.events((event) => void (event.type === "filled" && (filledNs = event.atNs)));
  return { seconds: (Date.parse(run.run.startedAt) - startedMs + filledNs / 1e6) / 1000, refusedShare: summary.attribution.eperm / summary.sends.attempted };
}
