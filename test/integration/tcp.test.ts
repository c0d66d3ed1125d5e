import { beforeAll, expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { describeLab } from "./capabilities.ts";
import { runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

async function run(text: string): Promise<Summary> {
  const results = temporaryDirectory();
  return (await runScenario(scenarioFile(results, text), "--results", results)).summary;
}

describeLab("DNS over TCP", () => {
  test.each(["embedded", "unbound"])("is answered by %s, an entry for each connection", async (resolver) => {
    const { books, sends, table, verdict } = await run(`
name: tcp-healthy
lab: { topology: pair, resolver: ${resolver} }
phases:
  - load: { strategy: tcp-persistent, sockets: 6, threads: 2, queries: 600, outstanding: 64, timeout: 10s }
  - load: { strategy: tcp-persistent, sockets: 1, queries: 10000, outstanding: 500, timeout: 10s }
  - load: { strategy: tcp-per-query, threads: 2, queries: 600, outstanding: 64, timeout: 10s }
`);
    expect(sends).toMatchObject({ attempted: 11_200, sent: 11_200, answered: 11_200, failed: {}, stray: 0 });
    expect(verdict.cause).toBe("healthy");
    expect(verdict.findings.filter(({ kind }) => kind === "other-protocols" || kind === "foreign-traffic")).toEqual([]);
    expect(table.peak).toBe(6 + 1 + 600);
    // Segments are not queries, so the lab's counter of datagrams says nothing for or against the books.
    expect(books).toMatchObject({ balanced: true, kernelPackets: null, kernelAgrees: null });
  });

  test("needs somebody who answers: without an answer queries are sent and given up", async () => {
    const { sends } = await run(`
name: tcp-silent
lab: { resolver: silent }
phases:
  - load: { strategy: tcp-per-query, queries: 20, timeout: 200ms }
  - load: { strategy: tcp-persistent, sockets: 2, queries: 20, timeout: 200ms }
`);
    expect(sends).toMatchObject({ attempted: 40, sent: 40, answered: 0, unanswered: 40, failed: {} });
  });
});

/** Every entry is ASSURED, so no connection finds a place, however often its SYN is sent; one made before the fill has its own. */
describeLab("DNS over TCP and a full table", () => {
  let late: Summary;
  let standing: Summary;
  beforeAll(async () => {
    late = await run(`
name: tcp-full
phases:
  - fill: { by: insertion, occupancy: 100% }
  - load: { strategy: tcp-per-query, queries: 200, timeout: 1500ms }
  - load: { strategy: tcp-persistent, sockets: 3, queries: 100, timeout: 500ms }
`);
    standing = await run(`
name: tcp-standing
phases:
  - fill: { by: insertion, occupancy: 100% }
  - load: { strategy: tcp-persistent, opened: at-start, sockets: 3, threads: 2, queries: 1000, outstanding: 100, timeout: 10s }
`);
  });

  test("new connections time out without any EPERM, and the kernel counts every SYN", () => {
    const { attribution, books, sends, verdict } = late;
    expect(books).toMatchObject({ balanced: true, kernelPackets: null, kernelAgrees: null });
    expect(sends).toMatchObject({ attempted: 300, sent: 0, failed: { ETIMEDOUT: 300 } });
    expect(attribution.eperm).toBe(0);
    // Those of their own sent a SYN at least, and the three long-lived ones several.
    expect(attribution.drop).toBeGreaterThan(200);
    expect(verdict.cause).toBe("table-full");
    expect(verdict.sentence).toContain("300 of 300 queries over TCP timed out before they had a connection");
  });

  test("connections that were there before it filled go on working", () => {
    const { attribution, sends, table, verdict } = standing;
    expect(sends).toMatchObject({ attempted: 1000, answered: 1000, failed: {} });
    expect(attribution).toMatchObject({ eperm: 0, drop: 0 });
    expect(table.peak).toBe(table.max);
    expect(verdict.cause).toBe("healthy");
    expect(verdict.findings.map(({ kind }) => kind)).not.toContain("foreign-traffic");
  });
});
