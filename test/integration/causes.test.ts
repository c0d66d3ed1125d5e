import path from "node:path";
import { build } from "rolldown";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NOTRACK_DNS } from "../../src/analysis/causes/remedies.ts";
import type { Summary } from "../../src/analysis/summary.ts";
import { describeHost, describeLab } from "./capabilities.ts";
import { type HostTable, putBack, readHostTable } from "./host-table.ts";
import { execute, ROOT, runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

/**
 * Once any table has refused flows, the kernel's collector comes by within a minute and takes from every table above 95 % what is not ASSURED: also
 * from one that a story is filling at that moment, which then has room for a few queries more.
 */
const COLLECTOR = { retry: 1 };

async function story(name: string, ...words: string[]): Promise<Summary> {
  const { code, stderr, summary } = await runScenario(path.join(ROOT, "scenarios", `${name}.yaml`), "--results", temporaryDirectory(), ...words);
  expect(code, stderr).toBe(0);
  return summary;
}

describeLab("every cause is produced by the kernel and named", () => {
  test("firewall-drop: EPERM is what the rule counted, and no counter of the table moves", async () => {
    // Also a regression run: what a rule refuses is the same share on every machine.
    const { verdict, attribution } = await story("firewall-drop", "--baseline", path.join(ROOT, "results/reference/firewall-drop"));
    expect(verdict.cause).toBe("firewall-drop");
    expect(attribution.eperm).toBeGreaterThan(0);
    expect(attribution).toMatchObject({ drop: 0, insertFailed: 0, chainTooLong: 0, byRule: attribution.eperm });
  });

  test("firewall-and-full: the table explains its part, the rule the remainder, to the last one", async () => {
    const { verdict, attribution, sends } = await story("firewall-and-full");
    expect(verdict.cause).toBe("table-full");
    expect(attribution.eperm).toBe(sends.failed["EPERM"]);
    expect((attribution.drop ?? 0) + (attribution.byRule ?? 0)).toBe(attribution.eperm);
    expect(attribution.remainder).toBe(attribution.byRule);
    expect(attribution.remainderCause).toContain("numgen random");
  });

  test("tcp-time-wait: the filler is named", async () => {
    // Some connections of the fill are reset, and forgotten after 10 s, before a slow machine has filled the table: more queries take up that room too.
    const { verdict, table, attribution } = await story("tcp-time-wait", "--rate", "5000/s");
    expect(verdict.cause).toBe("table-full");
    expect(verdict.sentence).toContain("TCP TIME_WAIT");
    expect(table.filler).toMatchObject({ protocol: "tcp", state: "TIME_WAIT", assured: true });
    expect(table.filler?.share).toBeGreaterThan(0.9);
    expect(attribution.drop).toBe(attribution.eperm);
    expect(verdict.next.join("\n")).toContain("tcp_timeout_time_wait");
  });

  test("gateway: nothing is seen at the client, and the router confirms", COLLECTOR, async () => {
    const { verdict, attribution, sends, router } = await story("gateway");
    expect(verdict.cause).toBe("elsewhere");
    expect(verdict.sentence).toContain("confirmed");
    expect(sends).toMatchObject({ failed: {}, answered: 0, unanswered: sends.sent });
    expect(attribution).toMatchObject({ eperm: 0, drop: 0 });
    expect(router).toMatchObject({ full: true, drop: sends.unanswered });
  });

  test("a gateway with room is healthy, as its table has the flows that the client's lacks", async () => {
    const results = temporaryDirectory();
    const file = scenarioFile(results, `
name: room
expect: healthy
lab: { topology: gateway }
phases:
  - load: { strategy: per-query, rate: 500/s, queries: 200, threads: 1, timeout: 1s }
`);
    const { code, stderr, summary } = await runScenario(file, "--results", results);
    expect(code, stderr).toBe(0);
    expect(summary).toMatchObject({ table: { peak: 0 }, router: { drop: 0 }, sends: { answered: 200 } });
    expect(summary.router?.peak).toBeGreaterThan(190);
    expect(summary.verdict.sentence).toContain("the router's table never held more than");
  });

  test("reply-drop: a drop for every query, and an error for none", async () => {
    const { verdict, attribution, sends } = await story("reply-drop");
    expect(verdict.cause).toBe("elsewhere");
    expect(sends).toMatchObject({ failed: {}, answered: 0 });
    expect(attribution).toMatchObject({ eperm: 0, drop: sends.sent });
  });

  test("insert-clash: insert_failed and drop rise with EPERM while the table has room", async () => {
    const { verdict, attribution, table } = await story("insert-clash");
    expect(verdict.cause).toBe("insert-clash");
    expect(attribution.eperm).toBeGreaterThan(0);
    expect(attribution).toMatchObject({ drop: attribution.eperm, insertFailed: attribution.eperm });
    expect(table.peak).toBeLessThan(1000);
  });

  test.each([
    ["libc", (sends: Summary["sends"]) => sends.failed["ENOBUFS"]],
    ["dgram", (sends: Summary["sends"]) => sends.unanswered],
  ])("send-buffer: counted by UDP, whether the sender is told or not, over %s", async (engine, lost) => {
    const { verdict, attribution, sends } = await story("send-buffer", "--engine", engine);
    expect(verdict.cause).toBe("send-buffer");
    expect(lost(sends)).toBeGreaterThan(0);
    expect(sends.attempted).toBe(sends.answered + (lost(sends) ?? 0));
    expect(attribution).toMatchObject({ eperm: 0, drop: 0 });
  });

  test.each(["untracked", "healthy"])("%s: the control", async (name) => {
    const { verdict, sends, attribution } = await story(name);
    expect(verdict.cause).toBe(name);
    expect(sends).toMatchObject({ failed: {}, attempted: sends.answered });
    expect(attribution).toMatchObject({ eperm: 0, drop: 0 });
  });
});

describeHost("chain-too-long", () => {
  let before: HostTable;
  beforeEach(() => void (before = readHostTable()));
  afterEach(() => putBack(before));

  test("explains every EPERM while the table is far from full", async () => {
    const { verdict, attribution, table } = await story("chain-too-long");
    expect(readHostTable()).toEqual(before);
    expect(verdict.cause).toBe("chain-too-long");
    expect(attribution.eperm).toBeGreaterThan(0);
    expect(attribution).toMatchObject({ chainTooLong: attribution.eperm, drop: 0 });
    expect(table.peak).toBeLessThan(0.5 * (table.max ?? 0));
  });
});

describeLab("the advice not to track DNS", () => {
  test.each(["loopback", "pair"])("works as it is printed, on a full table, in %s", async (topology) => {
    const lines = NOTRACK_DNS.filter((line) => !line.startsWith("#")).join(" && ");
    const results = temporaryDirectory();
    const file = scenarioFile(results, `
name: advice
lab: { topology: ${topology} }
phases:
  - fill: { occupancy: 100% }
  - exec: { command: [sh, -c, ${JSON.stringify(lines)}] }
  - load: { rate: 1000/s, duration: 1s, catch-up: 1m }
`);
    const { summary } = await runScenario(file, "--results", results);
    expect(summary.sends).toMatchObject({ attempted: 1000, answered: 1000, failed: {} });
  });
});

/** Why insert-clash.yaml needs a NAT: parallel packets of one tuple no longer fail. */
describeLab("parallel first packets of one tuple", () => {
  const NAMESPACE = `
ip link set lo up
nft -f - <<'RULES'
table inet filter { chain output { type filter hook output priority 0; ct state new counter; }; }
RULES
exec "$@"
`;

  test("clash, and the kernel resolves every clash", async () => {
    const root = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
    // Beside the packages, as it needs koffi.
    const file = path.join(ROOT, "node_modules/.cache/tablefull/parallel-sends.js");
    await build({ input: path.join(ROOT, "test/integration/parallel-sends.ts"), platform: "node", external: ["koffi"], output: { file } });
    const program = [process.execPath, file, "5399"];
    const { stdout, stderr } = await execute("unshare", [...root, "--net", "sh", "-c", NAMESPACE, "sh", ...program]);
    expect(stderr).toBe("");
    const counted = JSON.parse(stdout) as { clashres: number };
    expect(counted.clashres).toBeGreaterThan(0);
    expect(counted).toMatchObject({ refused: 0, insertFailed: 0, drop: 0 });
  });
});
