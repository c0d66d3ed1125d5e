import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { openRun } from "../../src/store/read-run.ts";
import type { SentCounterRecord } from "../../src/store/event-records.ts";
import type { StoredTick } from "../../src/store/records.ts";
import { describeLab } from "./capabilities.ts";
import { CLI, execute, parseSummary, runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

interface Load {
  attempted: number;
  sent: number;
  eperm: number;
  /** By the lab's own counter. */
  left: number | null;
}

/** What the facts of a run say of each of its loads, by phase. */
function loadsOf(directory: string): Map<number, Load> {
  const loads = new Map<number, Load>();
  const counted = new Map<string, SentCounterRecord>();
  const stored = openRun(directory);
  stored.events((event) => void (event.type === "sent-counter" && counted.set(`${event.phase} ${event.moment}`, event)));
  const add = ({ phase, attempted, sent, failed }: StoredTick): void => {
    const [start, end] = ["start", "end"].map((moment) => counted.get(`${phase} ${moment}`)?.packets ?? null);
    const load = loads.get(phase) ?? { attempted: 0, sent: 0, eperm: 0, left: start == null || end == null ? null : end - start };
    loads.set(phase, { ...load, attempted: load.attempted + attempted, sent: load.sent + sent, eperm: load.eperm + (failed["EPERM"] ?? 0) });
  };
  stored.senders((record) => void (record.type === "tick" && add(record)));
  return loads;
}

/** Every strategy and engine; a sweep from `port` on, so that none meets the flows of another. */
const loads = (port: number): string[] => [
  `strategy: sweep, ports: ${port}-${port + 3}`,
  "strategy: per-query, engine: libc",
  "strategy: pool, engine: libc, sockets: 50",
  "strategy: per-query, engine: dgram",
  "strategy: pool, engine: dgram, sockets: 50",
].map((words) => `{ load: { ${words}, queries: 501, threads: 2, timeout: 100ms } }`);
const LOADS = 5;
const RULE = "add table inet filter; add chain inet filter output { type filter hook output priority filter; }; add rule inet filter output udp dport 53 numgen random mod 100 < 40 counter drop";
const FULL = "{ protocol: udp, state: replied, assured: true }";

describeLab("packets that left, counted by the kernel", () => {
  describe.each(["loopback", "pair"])("in topology %s", (topology) => {
    let seen: Map<number, Load>;
    let summary: Summary;

    beforeAll(async () => {
      const results = temporaryDirectory();
      const phases = [
        ...loads(50_000),
        `{ exec: { command: [nft, "${RULE}"] } }`,
        ...loads(51_000),
        "{ exec: { command: [nft, delete table inet filter] } }",
        `{ fill: { by: insertion, occupancy: 100%, entries: [${FULL}] } }`,
        ...loads(52_000),
      ].map((phase) => `  - ${phase}\n`);
      ({ summary } = await runScenario(scenarioFile(results, `name: counted\nlab: { topology: ${topology} }\nphases:\n${phases.join("")}`), "--results", results));
      seen = loadsOf(path.join(results, summary.run.id));
    });

    test.each([
      ["nothing in their way", 0, false],
      ["a rule that drops some", LOADS + 1, true],
      ["a full table", 2 * LOADS + 3, true],
    ])("are those that were sent, with %s, whatever the strategy", (_, first, refused) => {
      for (let phase = first; phase < first + LOADS; phase++) {
        const { attempted, sent, eperm, left } = seen.get(phase) ?? { attempted: 0, sent: 0, eperm: 0, left: null };
        expect({ phase, attempted, left, eperm }).toEqual({ phase, attempted: 501, left: sent, eperm: 501 - sent });
        expect(eperm > 0).toBe(refused);
      }
    });

    test("are told, and agree in total", () => {
      expect(summary.books).toMatchObject({ balanced: true, ledgers: 30, kernelPackets: summary.sends.sent, kernelAgrees: true });
      expect(summary.verdict.findings.filter(({ kind }) => kind === "accounting-broken" || kind === "kernel-count")).toEqual([]);
    });
  });

  test("are more than were sent when another program asks the resolver too", async () => {
    const results = temporaryDirectory();
    const file = scenarioFile(results, `
name: disturbed
phases:
  - exec: { command: [sh, -c, "for i in 1 2 3 4 5; do sleep 0.2; dig @{resolver} +tries=1 +time=1 other.test; done > /dev/null 2>&1 &"] }
  - load: { rate: 200/s, duration: 1s }
`);
    const { summary } = await runScenario(file, "--results", results);
    expect(summary.books).toMatchObject({ balanced: true, kernelAgrees: false });
    const more = (summary.books.kernelPackets ?? 0) - summary.sends.sent;
    expect(more).toBeGreaterThan(0);
    expect(summary.verdict.findings.find(({ kind }) => kind === "kernel-count")?.text).toMatch(new RegExp(`leave for the resolver in phase 2, ${more} more than the load sent`));
  });

  test("are unknown, not none, where the kernel has no egress hook", async () => {
    const results = temporaryDirectory();
    const nft = path.join(results, "nft");
    // Everything but this hook is the real one's.
    fs.writeFileSync(nft, '#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n[ "$1" = -f ] || exec nft "$@"\nrules=$(cat)\ncase "$rules" in *"hook egress"*) echo "Error: Could not process rule: Operation not supported" >&2; exit 1;; esac\nprintf %s "$rules" | exec nft -f -\n', { mode: 0o755 });
    const file = scenarioFile(results, "name: old-kernel\nphases:\n  - load: { rate: 500/s, duration: 500ms }\n");
    const words = [process.execPath, CLI, "run", file, "--json", "--quiet", "--results", results];
    const { stdout, stderr } = await execute("env", [`PATH=${results}:${process.env["PATH"] ?? ""}`, ...words]);
    const { books, verdict } = parseSummary(stdout, stderr);
    expect(books).toMatchObject({ balanced: true, kernelPackets: null, kernelAgrees: null });
    expect(books.kernelUnknown).toContain("Operation not supported");
    expect(verdict.cause).toBe("healthy");
  });
});
