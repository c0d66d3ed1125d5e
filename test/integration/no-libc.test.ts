import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EventRecord } from "../../src/store/event-records.ts";
import { describeHost } from "./capabilities.ts";
import { type HostTable, putBack, readHostTable } from "./host-table.ts";
import { runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

const MAX = 2048;

/** Runs a scenario and gives its summary, and what its fills did. */
async function told(text: string): Promise<Awaited<ReturnType<typeof runScenario>> & { fills: EventRecord[] }> {
  const results = temporaryDirectory();
  const run = await runScenario(scenarioFile(results, text), "--results", results);
  const directory = fs.readdirSync(results).find((name) => name.includes("-no-libc-")) ?? "";
  const events = fs.readFileSync(path.join(results, directory, "events.ndjson"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as EventRecord);
  return { ...run, fills: events.filter(({ type }) => type === "filled") };
}

describeHost("where the C library cannot be called", () => {
  let before: HostTable;
  beforeEach(() => {
    before = readHostTable();
    vi.stubEnv("TABLEFULL_NO_LIBC", "1");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    putBack(before);
  });

  test("Node's own sockets fill the table, over UDP and TCP, and every EPERM is a counted drop", async () => {
    const { code, summary, fills } = await told(`
name: no-libc
expect: table-full
table: { max: ${MAX} }
phases:
  - fill: { occupancy: 50%, state: assured }
  - fill: { occupancy: 95%, state: time-wait }
  - load: { rate: 2000/s, queries: 2000 }
`);
    expect(code).toBe(0);
    expect(fills).toMatchObject([
      { flows: 1024, replied: 1024, confirmed: 1024, failed: {} },
      { flows: 922, replied: 922, confirmed: 922, failed: {} },
    ]);
    const { attribution: { drop, eperm }, sends } = summary;
    expect(eperm).toBeGreaterThan(0);
    // A reply whose entry was evicted meanwhile is dropped too.
    expect(drop).toBeGreaterThanOrEqual(eperm);
    expect((drop ?? 0) - eperm).toBe(sends.unanswered);
    expect(sends).toMatchObject({ attempted: 2000, failed: { EPERM: eperm }, sent: 2000 - eperm });
    expect(summary.verdict.findings.map(({ kind }) => kind)).toContain("no-libc");
  });

  test("the router's table is filled and observed all the same", async () => {
    const { code, summary, fills } = await told(`
name: no-libc
expect: elsewhere
lab: { topology: gateway }
table: { max: ${MAX} }
phases:
  - fill: { occupancy: 100%, state: assured }
  - load: { rate: 1000/s, queries: 300, timeout: 300ms }
`);
    expect(code).toBe(0);
    expect(fills).toMatchObject([{ flows: MAX, replied: MAX, confirmed: MAX }]);
    expect(summary.verdict.sentence).toContain("confirmed");
    // A query whose port was used before can belong to a flow that is there already.
    expect(summary.sends.unanswered).toBeGreaterThan(270);
    expect(summary.router).toMatchObject({ full: true, max: MAX, drop: summary.sends.unanswered });
  });
});
