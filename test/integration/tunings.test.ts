import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { parseEntry } from "../../src/kernel/entry.ts";
import { openRun } from "../../src/store/read-run.ts";
import { describeHost, describeLab } from "./capabilities.ts";
import { type HostTable, putBack, readHostTable } from "./host-table.ts";
import { runScenario, scenarioFile, tablefull, temporaryDirectory } from "./program.ts";

const QUERIES = 300;
const LOAD = `load: { rate: 2000/s, queries: ${QUERIES}, timeout: 300ms }`;

async function run(text: string, ...tunings: string[]): Promise<{ summary: Summary; directory: string }> {
  const results = temporaryDirectory();
  const { code, summary } = await runScenario(scenarioFile(results, text), "--results", results, "--tuning", tunings.join(","));
  expect(code).toBe(0);
  expect(summary.tunings.map(({ name }) => name)).toEqual(tunings);
  return { summary, directory: path.join(results, summary.run.id) };
}

/** What a program of the scenario's own printed. */
function printed(directory: string): string {
  let text = "";
  openRun(directory).events((event) => void (event.type === "exec" && (text += event.stdout)));
  return text;
}

const inLab = (topology: string, more = ""): string => `name: tuned\nlab: { topology: ${topology} }\nphases:\n  - ${LOAD}\n${more}`;

describeLab("tunings of the lab and of the load", () => {
  test.each([
    ["pair", "notrack"],
    ["loopback", "notrack-iptables"],
    ["loopback", "notrack-iptables-legacy"],
    ["loopback", "no-state-rule"],
  ])("in %s %s leaves no entry", async (topology, tuning) => {
    const { summary } = await run(inLab(topology), tuning);
    expect(summary.tunings[0]?.effect).toMatch(/^4 queries and [1-4] answers left no entry$/);
    expect(summary.sends).toMatchObject({ attempted: QUERIES, answered: QUERIES, failed: {} });
    expect(summary.table.peak).toBe(0);
    expect(summary.verdict.cause).toBe("untracked");
  });

  test("notrack-one-way leaves an entry for each answer, which is never ASSURED", async () => {
    const { summary, directory } = await run(inLab("pair", "  - exec: { command: [conntrack, -L, -p, udp] }\n"), "notrack-one-way");
    const entries = printed(directory).split("\n").map(parseEntry).filter((entry) => entry !== null);
    expect(summary.tunings[0]?.effect).toMatch(/^4 queries and [1-4] answers left [1-4] entries, each opened by an answer$/);
    expect(entries.length).toBe(summary.table.peak);
    expect(entries.every(({ sourcePort, assured, unreplied }) => sourcePort === 53 && !assured && unreplied)).toBe(true);
    expect(entries.length).toBeGreaterThan(0.9 * QUERIES);
  });

  test("notrack behind a router that masquerades: no answer finds its way back", async () => {
    const { summary } = await run(inLab("gateway"), "notrack");
    expect(summary.sends).toMatchObject({ answered: 0, unanswered: QUERIES, failed: {} });
    expect(summary.router).toMatchObject({ peak: 0, drop: 0 });
    expect(summary.verdict.evidence.join("\n")).toContain("untranslated");
  });

  test("short-udp-timeouts, short-tcp-timeouts and spread-sources, as the table shows them", async () => {
    const { summary, directory } = await run(inLab("loopback", "  - exec: { command: [conntrack, -L] }\n"), "short-udp-timeouts", "short-tcp-timeouts", "spread-sources");
    const entries = printed(directory).split("\n").map(parseEntry).filter((entry) => entry !== null);
    expect(entries.length).toBeGreaterThan(0.9 * QUERIES);
    expect(Math.max(...entries.map(({ timeoutS }) => timeoutS ?? Infinity))).toBeLessThanOrEqual(5);
    expect(entries.every(({ source }) => source?.startsWith("127.64.0."))).toBe(true);
    expect(summary.tunings.map(({ changes }) => changes)).toEqual([
      [{ what: "net.netfilter.nf_conntrack_udp_timeout", from: "30", to: "5" }, { what: "net.netfilter.nf_conntrack_udp_timeout_stream", from: "120", to: "10" }],
      [{ what: "net.netfilter.nf_conntrack_tcp_timeout_established", from: "432000", to: "7440" }, { what: "net.netfilter.nf_conntrack_tcp_timeout_time_wait", from: "120", to: "10" }],
      [{ what: "phases[0].sources", from: null, to: "127.64.0.0/24" }],
    ]);
  });

  test("timeout-policy, on the router whose table it is; socket-reuse: as many entries as sockets", async () => {
    const { summary } = await run(inLab("gateway"), "timeout-policy", "socket-reuse");
    expect(summary.tunings[0]?.effect).toMatch(/^4 queries and [1-4] answers left [1-4] entries, with at most [345] s to live$/);
    expect(summary.sends).toMatchObject({ answered: QUERIES });
    expect(summary.router?.peak).toBe(100);
  });

  test("one that does not take effect ends the run", async () => {
    const results = temporaryDirectory();
    const ruleset = "lab:\n  ruleset: |\n    table inet more { chain output { type filter hook output priority 0; ct state new counter; }; }\n";
    const file = scenarioFile(results, `name: tuned\n${ruleset}tunings: [no-state-rule]\nphases:\n  - ${LOAD}\n`);
    const { code, stdout, stderr } = await tablefull("run", file, "--results", results, "--quiet");
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^tablefull: tuning no-state-rule did not take effect: 4 queries to 127\.0\.0\.53:53 and \d answers left \d entries: something here still tracks them\n$/);
  });
});

/** Full of entries that no tuning of DNS keeps out, and that early drop never evicts. */
const FULL = `name: tuned\ntable: { max: 4096 }\nphases:\n  - fill: { occupancy: 100%, state: time-wait }\n  - ${LOAD}\n`;

describeHost("tunings against a full table", () => {
  let before: HostTable;
  beforeEach(() => void (before = readHostTable()));
  afterEach(() => {
    const after = readHostTable();
    putBack(before);
    expect(after).toEqual(before);
  });

  test("notrack: nothing fails, and nothing is added", async () => {
    const { summary } = await run(FULL, "notrack");
    expect(summary.sends).toMatchObject({ attempted: QUERIES, answered: QUERIES, failed: {} });
    expect(summary.attribution).toMatchObject({ drop: 0, earlyDrop: 0 });
  });

  test("notrack-one-way: each answer is dropped, and nobody is told", async () => {
    const { summary } = await run(FULL, "notrack-one-way");
    expect(summary.sends).toMatchObject({ attempted: QUERIES, answered: 0, unanswered: QUERIES, failed: {} });
    expect(summary.attribution).toMatchObject({ eperm: 0, drop: QUERIES });
    expect(summary.verdict.cause).toBe("elsewhere");
  });

  test("bigger-hash does not help, nor do socket-reuse, as the first queries need entries too, and retry-on-eperm: each attempt is refused", async () => {
    const { summary } = await run(FULL, "bigger-hash", "socket-reuse", "retry-on-eperm");
    expect(summary.table).toMatchObject({ max: 4_096, buckets: 4 * Number(before.buckets), peak: 4_096 });
    expect(summary.sends).toMatchObject({ attempted: 4 * QUERIES, sent: 0, failed: { EPERM: 4 * QUERIES } });
    expect(summary.attribution).toMatchObject({ drop: 4 * QUERIES });
  });

  test("tcp-persistent: a connection from before goes on", async () => {
    const { summary } = await run(FULL, "tcp-persistent");
    expect(summary.sends).toMatchObject({ attempted: QUERIES, answered: QUERIES, failed: {} });
    expect(summary.attribution).toMatchObject({ eperm: 0, drop: 0 });
    expect(summary.table.peak).toBe(4_096);
  });

  test("tcp-per-query: every connection times out, and no error says why", async () => {
    const { summary } = await run(FULL, "tcp-per-query");
    expect(summary.sends).toMatchObject({ attempted: QUERIES, sent: 0, failed: { ETIMEDOUT: QUERIES } });
    expect(summary.attribution.eperm).toBe(0);
    expect(summary.attribution.drop).toBeGreaterThanOrEqual(QUERIES);
  });

  test.each([
    ["bigger-table", 1],
    ["bigger-table-and-hash", 4],
  ])("%s: the same fill in another table", async (tuning, buckets) => {
    const { summary } = await run(FULL, tuning);
    expect(summary.table).toMatchObject({ max: 16_384, buckets: buckets * Number(before.buckets) });
    expect(summary.sends).toMatchObject({ attempted: QUERIES, answered: QUERIES, failed: {} });
    expect(summary.table.peak).toBeGreaterThan(4_096);
    expect(summary.table.peak).toBeLessThanOrEqual(4_096 + QUERIES);
  });
});
