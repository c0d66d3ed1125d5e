import fs from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { PhaseTotals } from "../../src/analysis/phases.ts";
import { summarize } from "../../src/analysis/summarize.ts";
import { openRun } from "../../src/store/read-run.ts";
import { describeLab } from "./capabilities.ts";
import { ROOT, runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

/** Sixteen queries meet every deed of the resolver, each once. */
const ROUNDS = 10;
const QUERIES = 16 * ROUNDS;
const LOADS = [
  ["sweep", "libc"],
  ["pool", "libc"],
  ["per-query", "libc"],
  ["pool", "dgram"],
  ["per-query", "dgram"],
] as const;

describeLab("a resolver that misbehaves", () => {
  let phases: PhaseTotals[];

  beforeAll(async () => {
    const results = temporaryDirectory();
    const resolver = path.join(results, "bad-resolver.mjs");
    fs.copyFileSync(path.join(ROOT, "test/integration/bad-resolver.mjs"), resolver);
    const loads = LOADS.map(([strategy, engine]) => `  - load: { strategy: ${strategy}, engine: ${engine}, sockets: 7, queries: ${QUERIES}, rate: 800/s, timeout: 1s }\n`);
    // The lab's own resolver is silent, and queries to it are led to the bad one.
    const { summary } = await runScenario(scenarioFile(results, `
name: misbehaving
lab:
  topology: loopback
  resolver: silent
  ruleset: |
    table ip lead {
      chain output { type nat hook output priority -100; ip daddr 127.0.0.53 udp dport 53 dnat to 127.0.0.53:5300; }
    }
phases:
  - exec: { command: [sh, -c, "${process.execPath} ${resolver} 127.0.0.53 5300 > /dev/null 2>&1 & sleep 1"] }
${loads.join("")}`), "--results", results);
    expect(summary.books).toMatchObject({ balanced: true, kernelPackets: null, kernelUnknown: "a rule here rewrites where packets go to" });
    phases = summarize(openRun(path.join(results, summary.run.id))).timeline.phases;
  });

  test.each(LOADS.map(([strategy, engine], index) => ({ strategy, engine, phase: index + 1 })))("is seen through, by $strategy over $engine", ({ strategy, engine, phase }) => {
    const load = phases.find((each) => each.phase === phase);
    // A socket that is closed once it has its answer cannot see the second one; one that is connected sees nothing of strangers.
    const duplicates = strategy === "per-query" ? (load?.strays["duplicate"] ?? 0) : ROUNDS;
    expect(duplicates).toBeLessThanOrEqual(ROUNDS);
    const plain = engine === "libc" ? { "NOERROR+CUT": ROUNDS, NOERROR: 8 * ROUNDS } : { NOERROR: 9 * ROUNDS };
    expect(load?.answers).toEqual({ ...plain, "NOERROR+TC": ROUNDS });
    expect(load?.strays).toEqual({
      "wrong-id": ROUNDS,
      "wrong-question": ROUNDS,
      "not-dns": 2 * ROUNDS,
      unasked: ROUNDS,
      ...(strategy === "sweep" ? { "wrong-source": ROUNDS } : {}),
      ...(duplicates > 0 ? { duplicate: duplicates } : {}),
    });
    expect(load).toMatchObject({ attempted: QUERIES, sent: QUERIES, answered: 10 * ROUNDS, unanswered: 6 * ROUNDS, late: 0 });
  });
});
