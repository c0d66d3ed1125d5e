import path from "node:path";
import { expect, test } from "vitest";
import { openRun } from "../../src/store/read-run.ts";
import type { CompositionRecord, EventRecord } from "../../src/store/event-records.ts";
import { describeLab } from "./capabilities.ts";
import { readHostTable } from "./host-table.ts";
import { ROOT, runRootless, runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

const STORY = "tcp-established-leftovers";

describeLab("connections that ended long ago, inserted", () => {
  test.each([
    ["as we are", () => runScenario(path.join(ROOT, "scenarios", `${STORY}.yaml`), "--results", temporaryDirectory())],
    ["without privileges", () => runRootless(STORY)],
  ])("starve DNS: every EPERM is a drop, and the filler is named (%s)", async (_, run) => {
    const { code, summary } = await run();
    const { attribution, sends, table, verdict } = summary;
    const inserted = Math.round(0.995 * Number(readHostTable().max));
    expect(code).toBe(0);
    expect(verdict.cause).toBe("table-full");
    expect(verdict.evidence.join("\n")).toContain("inserted, not earned by traffic");
    expect(verdict.next.join("\n")).toContain("nf_conntrack_tcp_timeout_established");
    expect(attribution.eperm).toBe(sends.failed["EPERM"]);
    expect(attribution).toMatchObject({ drop: attribution.eperm, explainedShare: 1, insertFailed: 0 });
    expect(table).toMatchObject({ inserted, filler: { protocol: "tcp", state: "ESTABLISHED", assured: true } });
    expect(table.filler?.share).toBeGreaterThan(0.99);
  });
});

describeLab("a mix of entries", () => {
  const GROUPS = [
    ["tcp", "established", "ESTABLISHED", true],
    ["tcp", "syn-sent", "SYN_SENT", false],
    ["tcp", "close-wait", "CLOSE_WAIT", false],
    ["udp", "replied", "REPLIED", true],
    ["udp", "replied", "REPLIED", false],
    ["udp", "unreplied", "UNREPLIED", false],
  ] as const;

  test.each(["loopback", "gateway"])("is in the table as it was asked for, to the last entry (%s)", async (topology) => {
    const entries = GROUPS.map(([protocol, state, , assured]) => `{ protocol: ${protocol}, state: ${state}, assured: ${assured}, timeout: 1h }`);
    const results = temporaryDirectory();
    const file = scenarioFile(results, `
name: mix
lab: { topology: ${topology}, resolver: silent }
phases:
  - fill: { by: insertion, occupancy: 2%, entries: [${entries.join(", ")}] }
`);
    const { summary } = await runScenario(file, "--results", results);
    const events: EventRecord[] = [];
    openRun(path.join(results, summary.run.id)).events((record) => events.push(record));
    const filled = events.filter((event) => event.type === "filled");
    expect(filled).toMatchObject([{ flows: Math.round(0.02 * Number(readHostTable().max)), replied: 0, failed: {} }]);
    const host = topology === "gateway" ? "router" : undefined;
    const composition = events.find((event): event is CompositionRecord => event.type === "composition" && event.host === host);
    const counted = composition?.groups.map(({ protocol, state, assured, entries: count }) => [protocol, state, assured, count]);
    const asked = GROUPS.map(([protocol, , state, assured], i) => [protocol, state, assured, filled[0]?.inserted?.[i]?.entries]);
    expect(new Set(counted?.map(String))).toEqual(new Set(asked.map(String)));
  });
});

describeLab("several fills", () => {
  test("each knows what the phase before it has left in the table", async () => {
    const results = temporaryDirectory();
    const fill = "fill: { by: insertion, occupancy: 2%, entries: [{ protocol: udp, state: replied, assured: true, timeout: 1h }] }";
    const file = scenarioFile(results, `
name: again
lab: { resolver: silent }
phases:
  - ${fill}
  - exec: { command: [conntrack, --flush] }
  - ${fill}
  - ${fill}
`);
    const { summary } = await runScenario(file, "--results", results);
    const flows: number[] = [];
    openRun(path.join(results, summary.run.id)).events((event) => void (event.type === "filled" && flows.push(event.flows)));
    const whole = Math.round(0.02 * Number(readHostTable().max));
    expect(flows).toEqual([whole, whole, 0]);
  });
});
