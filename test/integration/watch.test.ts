import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { METRICS, type Metric } from "../../src/analysis/metrics.ts";
import { type KernelTexts, parseTotals } from "../../src/kernel/totals.ts";
import { parseExposition } from "../fixtures/exposition.ts";
import { describeLab } from "./capabilities.ts";
import { CLI, execute, parseSummary, runScenario, scenarioFile, tablefull, temporaryDirectory, unprivileged } from "./program.ts";

interface Line {
  type: string;
  [field: string]: unknown;
}

const linesOf = (text: string): Line[] => text.trimEnd().split("\n").map((line) => JSON.parse(line) as Line);
const only = (lines: readonly Line[], type: string): Line[] => lines.filter((line) => line.type === type);

/** Sends a datagram from each of 60 sockets, and prints how many were refused with EPERM. */
const SEND = `
import { createSocket } from "node:dgram";
const results = await Promise.all(Array.from({ length: 60 }, () => new Promise((resolve) => {
  const socket = createSocket("udp4");
  socket.send("x", 9999, "127.0.0.53", (error) => { socket.close(); resolve(error?.code ?? "sent"); });
})));
console.log(results.filter((result) => result === "EPERM").length);
`;

/**
 * Scrapes a watch once, waits for a file `go`, scrapes again over the same connection and reads what the kernel says at that moment.
 * A full table would let no new connection in.
 */
const SCRAPE = `
import fs from "node:fs";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const url = /http:\\S+/.exec(fs.readFileSync("err.txt", "utf8"))[0];
const scrape = () => new Promise((resolve, reject) => {
  const request = http.get(url, { agent, timeout: 5000 }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => resolve({ text, type: response.headers["content-type"], reused: request.reusedSocket }));
  }).on("error", reject).on("timeout", () => request.destroy(new Error("no answer")));
});
await scrape();
fs.writeFileSync("first.txt", "");
for (let i = 0; i < 2000 && !fs.existsSync("go"); i++) await sleep(20);
const read = (file) => fs.readFileSync(file, "utf8");
const texts = () => ({ count: read("/proc/sys/net/netfilter/nf_conntrack_count"), max: read("/proc/sys/net/netfilter/nf_conntrack_max"), buckets: read("/proc/sys/net/netfilter/nf_conntrack_buckets"), stat: read("/proc/net/stat/nf_conntrack"), snmp: read("/proc/net/snmp") });
const before = texts();
const scraped = await scrape();
fs.writeFileSync("scraped.json", JSON.stringify({ ...scraped, before, after: texts() }));
agent.destroy();
`;

const SHELL = `until_true() { for i in $(seq 400); do eval "$1" && return; sleep 0.05; done; echo "never: $1" >&2; exit 9; }\n`;

/** Watches the lab's table and scrapes the watch, both until the table is full. */
const BEGIN = `${SHELL}
(sh -c 'echo $$ > pid; exec "$1" "$2" watch --json --every 200ms --record --results records --prometheus 127.0.0.1:0' sh "$1" "$2" > out.ndjson 2> err.txt; echo $? > code.txt) &
until_true 'grep -q "\\"reading\\"" out.ndjson'
"$1" scrape.mjs > scrape.txt 2>&1 &
until_true '[ -e first.txt ]'
`;

/** Sends into the full table, scrapes, asks who fills it, and ends the watch with a Ctrl-C. */
const END = `${SHELL}
"$1" send.mjs > refused.txt
touch go
until_true '[ -s scraped.json ]'
kill -USR1 $(cat pid)
until_true 'grep -q "\\"demand\\"" out.ndjson'
kill -INT $(cat pid)
until_true '[ -s code.txt ]'
"$1" "$2" watch --exit-on 90%,eperm --duration 20s > alarm.txt 2>&1
echo $? >> code.txt
`;

describeLab("watch in a full table", () => {
  let directory = "";
  let lines: Line[] = [];
  const file = (name: string): string => fs.readFileSync(path.join(directory, name), "utf8");

  beforeAll(async () => {
    directory = temporaryDirectory();
    for (const [name, text] of Object.entries({ "send.mjs": SEND, "scrape.mjs": SCRAPE, "begin.sh": BEGIN, "end.sh": END })) fs.writeFileSync(path.join(directory, name), text);
    const shell = (script: string): string => JSON.stringify(["sh", "-c", `cd ${directory} && exec sh ${script} ${process.execPath} ${CLI}`]);
    const scenario = scenarioFile(directory, [
      "name: watched",
      "about: a table that fills, watched from within",
      "lab: { topology: loopback }",
      "phases:",
      `  - exec: { command: ${shell("begin.sh")}, timeout: 60s }`,
      "  - fill: { by: insertion, occupancy: 100%, entries: [{ protocol: tcp, state: established, assured: true, timeout: 1h }] }",
      `  - exec: { command: ${shell("end.sh")}, timeout: 60s }`,
      "",
    ].join("\n"));
    const { summary } = await runScenario(scenario, "--results", path.join(directory, "runs"));
    expect(summary.verdict.findings.filter(({ kind }) => kind === "program-failed")).toEqual([]);
    lines = linesOf(file("out.ndjson"));
  });

  test("counts as dropped what the senders saw refused, to the last one", () => {
    const refused = Number(file("refused.txt"));
    expect(refused).toBeGreaterThan(50);
    expect(only(lines, "end")).toEqual([expect.objectContaining({ drop: refused, outDiscards: refused, peakShare: expect.any(Number), alarm: null })]);
    const seen = only(lines, "reading").map(({ dropPerS }) => dropPerS as number);
    expect(seen.every((perS) => perS >= 0)).toBe(true);
    expect(seen.some((perS) => perS > 0)).toBe(true);
  });

  test("a Ctrl-C ends it well", () => {
    expect(file("code.txt").split("\n")[0]).toBe("0");
    expect(lines.at(0)).toMatchObject({ type: "begin", namespace: "this network namespace" });
    expect(lines.at(-1)?.type).toBe("end");
  });

  test("SIGUSR1 asks who fills the table", () => {
    const demanded = only(lines, "composition").find(({ moment }) => moment === "demand");
    expect(demanded?.["groups"]).toContainEqual(expect.objectContaining({ protocol: "tcp", state: "ESTABLISHED", assured: true }));
  });

  test("--exit-on ends it with 99 and says why", () => {
    expect(file("code.txt").split("\n")[1]).toBe("99");
    expect(file("alarm.txt")).toMatch(/^--exit-on: [\d,]+ of [\d,]+ entries \(\d+\.\d %\)$/m);
  });

  test("serves the kernel's own values, over a connection that a full table leaves alone", () => {
    const { after, before, reused, text, type } = JSON.parse(file("scraped.json")) as { text: string; type: string; reused: boolean; before: KernelTexts; after: KernelTexts };
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(reused).toBe(true);
    const samples = parseExposition(text);
    const valuesBy = (texts: KernelTexts): Record<string, number> =>
      Object.fromEntries(Object.values<Metric>(METRICS).map(({ name, of }) => [name, of({ ...parseTotals(texts), tableFullLines: null })] as const).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
    // Nothing moved while it was scraped, so there is one answer.
    expect(valuesBy(after)).toEqual(valuesBy(before));
    expect(Object.fromEntries(samples)).toMatchObject(valuesBy(after));
    expect(samples.get("tablefull_conntrack_drops_total")).toBeGreaterThanOrEqual(Number(file("refused.txt")));
    expect(samples.get("tablefull_conntrack_entries")).toBe(Number(after.count));
  });

  test("a record of it is a run that report reads", async () => {
    const records = path.join(directory, "records");
    const [record = ""] = fs.readdirSync(records);
    const { code, stdout, stderr } = await tablefull("report", path.join(records, record), "--json");
    const summary = parseSummary(stdout, stderr);
    const refused = Number(file("refused.txt"));
    expect(code).toBe(0);
    expect(summary.verdict.cause).toBe("table-full");
    expect(summary.watch).toMatchObject({ namespace: "this network namespace", everyMs: 200, dropWhileFull: refused, outDiscards: refused });
    expect(summary.attribution.drop).toBe(refused);
    expect(summary.table.filler).toMatchObject({ protocol: "tcp", state: "ESTABLISHED", assured: true });
    const unfit = await tablefull("report", path.join(records, record), "--format", "dns-metrics");
    expect(unfit).toMatchObject({ code: 1, stderr: expect.stringContaining("a watch sends none") });
  });
});

/** A namespace that tracks, with 20 entries in its table, until it is told to end. */
const NEIGHBOUR = `
ip link set lo up
nft add table inet t
nft add chain inet t o '{ type filter hook output priority 0; }'
nft add rule inet t o ct state new counter
exec "$1" -e '
const { createSocket } = require("node:dgram");
let open = 0;
for (let i = 0; i < 20; i++) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1", () => socket.send("", socket.address().port, "127.0.0.1", () => { if (++open === 20) console.log("open"); }));
}
process.stdin.resume().on("end", () => process.exit());
'
`;

describeLab("watch of another namespace", () => {
  const root = process.getuid?.() === 0;
  let neighbour: ChildProcess;
  let pid = "";

  beforeAll(async () => {
    neighbour = spawn("unshare", [...(root ? [] : ["--user", "--map-root-user"]), "--net", "sh", "-c", NEIGHBOUR, "sh", process.execPath], {
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` }, stdio: ["pipe", "pipe", "inherit"],
    });
    pid = String(neighbour.pid);
    if (neighbour.stdout === null) throw new Error("no pipe");
    await once(neighbour.stdout, "data");
  });
  afterAll(async () => {
    const gone = once(neighbour, "exit");
    neighbour.stdin?.end();
    await gone;
  });

  const words = (...where: string[]): string[] => ["watch", ...where, "--duration", "1s", "--json"];

  test("--pid reads that process's table", async () => {
    const { code, stdout } = await tablefull(...words("--pid", pid));
    expect(code).toBe(0);
    expect(linesOf(stdout).at(-1)).toMatchObject({ type: "end", firstEntries: 20, entries: 20, drop: 0, outDiscards: 0 });
  });

  test("--pid reads the same without any privilege", async () => {
    const { prefix: [command = "", ...args], cli, results } = unprivileged();
    const { code, stdout } = await execute(command, [...args, cli, ...words("--pid", pid), "--record", "--results", results]);
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    expect(lines.at(-1)).toMatchObject({ type: "end", firstEntries: 20, entries: 20, drop: 0, outDiscards: 0 });
    const [unknown] = only(lines, "composition-missing");
    expect(unknown?.["why"]).toContain("needs root");
    const [record = ""] = fs.readdirSync(results);
    const report = await tablefull("report", path.join(results, record), "--json");
    const summary = parseSummary(report.stdout, report.stderr);
    expect(summary.verdict.cause).toBe("healthy");
    expect(summary.table).toMatchObject({ peak: 20, filler: null });
    expect(summary.table.buckets).toBeGreaterThan(0);
  });

  test("a table that nothing needs is untracked, by the packets that left no entry", async () => {
    const directory = temporaryDirectory();
    fs.writeFileSync(path.join(directory, "send.mjs"), SEND);
    const script = `${SHELL}
cd ${directory} && ip link set lo up
"$1" "$2" watch --json --every 200ms --duration 20s --record --results records > out.ndjson & watch=$!
until_true 'grep -q "\\"reading\\"" out.ndjson'
"$1" send.mjs
kill -INT $watch
wait $watch`;
    const { code } = await execute("unshare", [...(root ? [] : ["--user", "--map-root-user"]), "--net", "sh", "-c", script, "sh", process.execPath, CLI]);
    expect(code).toBe(0);
    const end = linesOf(fs.readFileSync(path.join(directory, "out.ndjson"), "utf8")).at(-1);
    expect(end).toMatchObject({ type: "end", peak: 0, untracked: expect.stringMatching(/^\d+ packets went out/) });
    expect(end?.["outRequests"]).toBeGreaterThanOrEqual(60);
    const [record = ""] = fs.readdirSync(path.join(directory, "records"));
    const report = await tablefull("report", path.join(directory, "records", record), "--json");
    expect(parseSummary(report.stdout, report.stderr).verdict.cause).toBe("untracked");
  });

  test("--netns takes a path, where one may enter", async () => {
    const { code, stdout, stderr } = await tablefull(...words("--netns", `/proc/${pid}/ns/net`));
    if (root) expect(linesOf(stdout).at(-1)).toMatchObject({ entries: 20 });
    else expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("needs root") });
  });
});
