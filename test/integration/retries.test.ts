import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { openRun } from "../../src/store/read-run.ts";
import { describeLab } from "./capabilities.ts";
import { runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

/** The table is nearly full of flows that cannot be evicted; what the first loads open can be, so some queries find room later. */
const SCENARIO = `
name: retries
phases:
  - fill: { occupancy: 99.8% }
  - load: { strategy: per-query, engine: libc, rate: 2000/s, catch-up: 1m, queries: 1000, threads: 2, retry: { on: EPERM, times: 2, wait: 5ms } }
  - load: { strategy: per-query, engine: dgram, rate: 2000/s, catch-up: 1m, queries: 500, retry: { on: EPERM, times: 2, wait: 5ms } }
  - load: { strategy: pool, engine: libc, sockets: 50, rate: 2000/s, catch-up: 1m, queries: 500, retry: { on: EPERM, times: 1, wait: 1ms } }
  - load: { strategy: pool, engine: dgram, sockets: 50, rate: 2000/s, catch-up: 1m, queries: 500, retry: { on: EPERM, times: 1, wait: 1ms } }
`;

describeLab("refused queries tried again on a full table", () => {
  let summary: Summary;
  let loads: { attempted: number; failed: number; retries: number; recovered: number; gaveUp: number; sent: number }[];
  beforeAll(async () => {
    const results = temporaryDirectory();
    ({ summary } = await runScenario(scenarioFile(results, SCENARIO), "--results", results));
    loads = Array.from({ length: 5 }, () => ({ attempted: 0, failed: 0, retries: 0, recovered: 0, gaveUp: 0, sent: 0 })).slice(1);
    openRun(path.join(results, summary.run.id)).senders((record) => {
      const load = loads[record.phase - 1];
      if (record.type !== "tick" || load === undefined) return;
      load.attempted += record.attempted;
      load.sent += record.sent;
      load.failed += record.failed["EPERM"] ?? 0;
      load.retries += record.retries ?? 0;
      load.recovered += record.recovered ?? 0;
      load.gaveUp += record.gaveUp ?? 0;
    });
  });

  test("every attempt is one, for the senders and for the kernel", () => {
    const { attribution, sends } = summary;
    expect(attribution.eperm).toBeGreaterThan(1000);
    expect(attribution.drop).toBe(attribution.eperm);
    expect(sends.attempted).toBe(sends.sent + attribution.eperm);
    expect(sends.attempted - sends.retries).toBe(2500);
  });

  test("every query is sent or given up, in each load", () => {
    expect(loads.map(({ attempted, retries }) => attempted - retries)).toEqual([1000, 500, 500, 500]);
    for (const { attempted, failed, gaveUp, retries, sent } of loads) {
      expect(sent + failed).toBe(attempted);
      expect(sent + gaveUp).toBe(attempted - retries);
      expect(retries).toBeGreaterThan(0);
    }
  });

  test("some queries get in at a later attempt", () => {
    expect(summary.sends.recovered).toBeGreaterThan(0);
    expect(summary.sends.gaveUp).toBeGreaterThan(0);
    expect(summary.verdict.cause).toBe("table-full");
  });
});
