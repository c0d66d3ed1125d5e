import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { PhaseTotals } from "../../src/analysis/phases.ts";
import type { Summary } from "../../src/analysis/summary.ts";
import { summarize } from "../../src/analysis/summarize.ts";
import { openRun } from "../../src/store/read-run.ts";
import { describeLab } from "./capabilities.ts";
import { runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

/** Kernel counters of the lab by name ("Udp.SndbufErrors"), and what the queue of the client's device has dropped. */
type Counters = Record<string, number>;

interface Played {
  summary: Summary;
  /** Of each load, in order: what the senders say, and how far the kernel's counters rose over it. */
  loads: { totals: PhaseTotals; rose: (counter: string) => number }[];
}

/** Runs these loads one after another, with the kernel's counters read in between. */
async function play({ lab, before, loads }: { lab: string; before: string[]; loads: readonly string[] }): Promise<Played> {
  const results = temporaryDirectory();
  const look = (moment: number): string => `{ exec: { command: [sh, -c, "cat /proc/net/snmp > ${results}/snmp${moment}; tc -s -j qdisc > ${results}/qdisc${moment}"] } }`;
  const phases = [...before, look(0), ...loads.flatMap((load, i) => [`{ load: ${load} }`, look(i + 1)])];
  const file = scenarioFile(results, `name: socket-errors\n${lab}\nphases:\n${phases.map((phase) => `  - ${phase}\n`).join("")}`);
  const { summary } = await runScenario(file, "--results", results);
  const totals = summarize(openRun(path.join(results, summary.run.id))).timeline.phases.filter(({ kind }) => kind === "load");
  expect(totals).toHaveLength(loads.length);
  const counters = [...loads.keys(), loads.length].map((moment) => countersOf(results, moment));
  return {
    summary,
    loads: totals.map((each, i) => ({ totals: each, rose: (counter) => (counters[i + 1]?.[counter] ?? Number.NaN) - (counters[i]?.[counter] ?? Number.NaN) })),
  };
}

function countersOf(directory: string, moment: number): Counters {
  const counters: Counters = {};
  const lines = fs.readFileSync(path.join(directory, `snmp${moment}`), "utf8").trim().split("\n").map((line) => line.split(/:? /));
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [protocol = "", ...names] = lines[i] ?? [];
    for (const [column, name] of names.entries()) counters[`${protocol}.${name}`] = Number(lines[i + 1]?.[column + 1]);
  }
  const queues = JSON.parse(fs.readFileSync(path.join(directory, `qdisc${moment}`), "utf8")) as { kind: string; drops: number }[];
  for (const { kind, drops } of queues) counters[kind] = drops;
  return counters;
}

const STRATEGIES = ["sweep", "pool", "per-query"] as const;

describeLab("a full queue of the device", () => {
  let played: Played;

  beforeAll(async () => {
    played = await play({
      lab: "lab: { topology: pair }",
      // Nothing but queries is to meet the queue, which takes a few of them.
      before: [
        "{ exec: { command: [sysctl, -q, -w, net.ipv6.conf.client0.disable_ipv6=1] } }",
        "{ exec: { command: [tc, qdisc, add, dev, client0, root, tbf, rate, 1mbit, burst, 2kb, limit, 500b] } }",
      ],
      loads: [...STRATEGIES.map((strategy) => `{ strategy: ${strategy}, engine: libc, sockets: 50, queries: 501, threads: 2, timeout: 500ms }`),
        "{ strategy: pool, engine: dgram, sockets: 50, queries: 501, threads: 2, timeout: 500ms }"],
    });
  });

  test.each(STRATEGIES.map((strategy, load) => ({ strategy, load })))("is ENOBUFS, to the last packet, by $strategy", ({ load }) => {
    const { totals, rose } = played.loads[load] as Played["loads"][number];
    const enobufs = totals.failed["ENOBUFS"] ?? 0;
    expect(enobufs).toBeGreaterThan(0);
    expect(totals).toMatchObject({ attempted: 501, sent: 501 - enobufs, answered: 501 - enobufs, failed: { ENOBUFS: enobufs } });
    expect({ sndbufErrors: rose("Udp.SndbufErrors"), dropped: rose("tbf") }).toEqual({ sndbufErrors: enobufs, dropped: enobufs });
  });

  test("is hidden from Node's own sockets, whose queries get no answer", () => {
    const { totals, rose } = played.loads.at(-1) as Played["loads"][number];
    expect(totals).toMatchObject({ attempted: 501, sent: 501, failed: {} });
    expect(totals.unanswered).toBeGreaterThan(0);
    expect({ sndbufErrors: rose("Udp.SndbufErrors"), dropped: rose("tbf") }).toEqual({ sndbufErrors: totals.unanswered, dropped: totals.unanswered });
  });

  test("leaves books that balance", () => {
    const { books, sends } = played.summary;
    expect(books).toMatchObject({ balanced: true, kernelAgrees: true, kernelPackets: sends.sent + (sends.failed["ENOBUFS"] ?? 0) });
  });
});

describeLab("a port at which nobody listens", () => {
  const LOADS = [...STRATEGIES.map((strategy) => ({ strategy, engine: "libc" })), { strategy: "pool", engine: "dgram" }, { strategy: "per-query", engine: "dgram" }];
  let played: Played;

  beforeAll(async () => {
    played = await play({
      // The lab's resolver is passed over.
      lab: `lab:
  topology: loopback
  ruleset: |
    table ip lead { 
      chain output { type nat hook output priority -100; ip daddr 127.0.0.53 udp dport 53 dnat to 127.0.0.53:5300; }
    }`,
      before: [],
      loads: LOADS.map(({ strategy, engine }) => `{ strategy: ${strategy}, engine: ${engine}, sockets: 7, queries: 501, threads: 2, timeout: 200ms }`),
    });
  });

  describe.each(LOADS.map((load, i) => ({ ...load, i })))("by $strategy over $engine", ({ engine, i }) => {
    test("is told by ICMP, and refuses no query", () => {
      const { totals, rose } = played.loads[i] as Played["loads"][number];
      expect(totals).toMatchObject({ attempted: 501, sent: 501, failed: {}, answered: 0, unanswered: 501 });
      expect(rose("Icmp.InDestUnreachs")).toBe(501);
      // Without IP_RECVERR a socket keeps one error at a time.
      if (engine === "libc") expect(totals.icmp).toEqual({ ECONNREFUSED: 501 });
      else expect(totals.icmp?.["ECONNREFUSED"]).toSatisfy((count: number) => count > 0 && count <= 501);
    });
  });

  test("leaves books that balance", () => {
    expect(played.summary.books.balanced).toBe(true);
  });
});
