import fs from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openRun } from "../../src/store/read-run.ts";
import type { EventRecord } from "../../src/store/event-records.ts";
import { describeLab } from "./capabilities.ts";
import { runScenario, scenarioFile, tablefull, temporaryDirectory } from "./program.ts";

type Exec = Extract<EventRecord, { type: "exec" }>;

/** Runs a scenario of the test's own; gives its summary and the run directory. */
async function run(text: string, ...words: string[]) {
  const results = temporaryDirectory();
  const outcome = await runScenario(scenarioFile(results, text), "--results", results, ...words);
  return { ...outcome, directory: path.join(results, outcome.summary.run.id) };
}

function execs(directory: string): Exec[] {
  const found: Exec[] = [];
  openRun(directory).events((event) => void (event.type === "exec" && found.push(event)));
  return found;
}

const digAt = (topology: string, resolver: string): string => `
name: dig-${topology}-${resolver}
lab: { topology: ${topology}, resolver: ${resolver} }
phases:
  - exec: { command: [dig, "@{resolver}", -p, "{port}", +tries=1, +time=2, www.example.test, A] }
  - exec: { command: [dig, "@{resolver}", -p, "{port}", +tries=1, +time=2, +noedns, www.example.test, AAAA] }
`;

describeLab("somebody else's resolver and client", () => {
  test.each([["loopback", "embedded"], ["pair", "embedded"], ["pair", "unbound"]])("dig is answered in %s by %s", async (topology, resolver) => {
    const { directory } = await run(digAt(topology, resolver));
    const [a, aaaa] = execs(directory);
    expect(a?.stdout).toMatch(/status: NOERROR[^]*IN\s+A\s+192\.0\.2\.1/);
    expect(aaaa?.stdout).toMatch(/status: NOERROR[^]*IN\s+AAAA\s+2001:db8::1/);
  });

  test.each(["embedded", "unbound"])("dig is answered over TCP by %s, many queries a connection", async (resolver) => {
    const { directory } = await run(`
name: dig-tcp
lab: { resolver: ${resolver} }
phases:
  - fill: { occupancy: 0.1%, state: time-wait }
  - exec: { command: [dig, "@{resolver}", +tcp, +keepopen, +tries=1, +time=2, www.example.test, A, mail.example.test, AAAA] }
  - exec: { command: [dig, "@{resolver}", +tries=1, +time=2, tc.example.test] }
`);
    const [pipelined, truncated] = execs(directory);
    expect(pipelined?.stdout).toMatch(/IN\s+A\s+192\.0\.2\.1[^]*IN\s+AAAA\s+2001:db8::1/);
    expect(truncated?.stdout).toMatch(/status: NOERROR[^]*IN\s+A\s+192\.0\.2\.1/);
  });

  test("the embedded resolver also says NXDOMAIN and truncated", async () => {
    const { directory } = await run(`
name: special
phases:
  - exec: { command: [dig, "@{resolver}", +tries=1, +time=2, nx.example.test] }
  - exec: { command: [dig, "@{resolver}", +tries=1, +time=2, +ignore, tc.example.test] }
`);
    const [nx, tc] = execs(directory);
    expect(nx?.stdout).toContain("status: NXDOMAIN");
    expect(tc?.stdout).toMatch(/flags: [a-z ]*tc/);
  });
});

describeLab("strategies and engines", () => {
  const load = (words: string, topology = "pair"): string => `
name: combination
lab: { topology: ${topology} }
phases:
  - load: { ${words}, rate: 2000/s, catch-up: 1m, queries: 1001, threads: 2, timeout: 5s }
`;

  test.each([
    ["per-query", "dgram"],
    ["per-query", "libc"],
    ["pool", "dgram"],
    ["pool", "libc"],
    ["sweep", "libc"],
  ])("%s over %s sends every query once and has it answered", async (strategy, engine) => {
    const { summary } = await run(load(`strategy: ${strategy}, engine: ${engine}, sockets: 7`));
    const { attempted, sent, answered, unanswered, late, stray, failed } = summary.sends;
    expect({ attempted, sent, failed, stray }).toEqual({ attempted: 1001, sent: 1001, failed: {}, stray: 0 });
    expect(answered + unanswered + late).toBe(1001);
    expect(answered).toBeGreaterThan(990);
    expect(summary.verdict.cause).toBe("healthy");
    const entries = summary.table.peak ?? 0;
    if (strategy === "pool") expect(entries).toBe(7);
    else expect(entries).toBeGreaterThan(900);
  });

  test("a closed loop never has more outstanding than it may", async () => {
    const { summary, directory } = await run(`
name: closed-loop
lab: { resolver: silent }
phases:
  - load: { strategy: per-query, queries: 60, outstanding: 20, threads: 2, timeout: 300ms }
`);
    expect(summary.sends).toMatchObject({ attempted: 60, sent: 60, unanswered: 60 });
    let most = 0;
    openRun(directory).senders((record) => void (record.type === "tick" && (most = Math.max(most, record.outstanding))));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(10);
  });
});

describeLab("a namespace that tracks nothing", () => {
  test("is called untracked", async () => {
    const { summary, stderr } = await run(`
name: nothing-tracked
expect: untracked
lab: { tracking: false }
phases:
  - load: { rate: 2000/s, duration: 1s }
`);
    expect(stderr).toBe("");
    expect(summary.verdict.cause).toBe("untracked");
    expect(summary.table.peak).toBe(0);
    expect(summary.verdict.next.join("\n")).toContain("ct state");
  });
});

describeLab("a stored run", () => {
  let results: string;
  let directory: string;
  let told: string;
  beforeAll(async () => {
    results = temporaryDirectory();
    const file = scenarioFile(results, "name: told-twice\nexpect: early-drop-masked\nphases:\n  - load: { rate: 500/s, duration: 1s }\n");
    const { code, stdout } = await tablefull("run", file, "--results", results, "--quiet");
    expect(code).toBe(99);
    told = stdout;
    directory = path.join(results, fs.readdirSync(results).find((name) => name.includes("told-twice")) ?? "");
  });

  test("is told again from its facts alone", async () => {
    fs.rmSync(path.join(directory, "summary.json"));
    expect((await tablefull("report", directory)).stdout).toBe(told);
    expect((await tablefull("report", "--results", results)).stdout).toBe(told);
  });

  test("holds only whole records of its schema", () => {
    const stored = openRun(directory);
    for (const reading of [stored.senders(() => {}), stored.kernel(() => {}), stored.events(() => {})]) {
      expect(reading).toMatchObject({ damaged: 0, truncated: false });
      expect(reading.records).toBeGreaterThan(0);
    }
    expect(stored.run.state).toBe("finished");
    expect(Object.keys(stored.run.environment.sysctlsBefore)).toContain("net.netfilter.nf_conntrack_udp_timeout");
    expect(stored.run.environment.ruleset).toContain("ct state new");
  });
});
