import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { NET_KEYS } from "../../src/kernel/snmp.ts";
import type { SampleRecord } from "../../src/store/records.ts";
import { createRunDirectory } from "../../src/store/run-directory.ts";
import { aStory, aTick, encoded, runRecordOf } from "../fixtures/runs/story.ts";
import { describeLab } from "../integration/capabilities.ts";
import { CLI, execute, finished, scenarioFile, start, temporaryDirectory } from "../integration/program.ts";
import { absolute, publish } from "./figures.ts";
import { peakMemory } from "./process-tree.ts";

const HOUR_S = 3600;
const THREADS = 8;
const MIB = 2 ** 20;

describeLab("what tablefull itself takes", () => {
  test("a report on an hour", { timeout: 300_000 }, async () => {
    const directory = storeAnHour(temporaryDirectory());
    const runs = [];
    for (let round = 0; round < 5; round++) runs.push(await report(directory));
    const figures = [
      absolute({ figure: "report on an hour's run, 10 ms samples, 8 threads", unit: "s", values: runs.map(({ seconds }) => seconds), goal: { atMost: 2 } }),
      absolute({ figure: "its CPU time", unit: "s", values: runs.map(({ cpu }) => cpu), goal: null }),
      absolute({ figure: "its memory", unit: "MiB", values: runs.map(({ mib }) => mib), goal: { atMost: 300 } }),
    ];
    publish("report", figures, ["CPU time is that of all threads. Seconds beyond it are those in which others had the machine."]);
    expect(figures.every(({ measured }) => measured.least > 0)).toBe(true);
  });

  test("memory does not grow with the length of a run", { timeout: 300_000 }, async () => {
    const short: number[] = [];
    const long: number[] = [];
    for (let round = 0; round < 3; round++) {
      short.push(await memoryOf(4));
      long.push(await memoryOf(16));
    }
    const growth = long.map((mib, i) => (mib - (short[i] ?? Number.NaN)) / 12);
    const figures = [
      absolute({ figure: "memory of all processes, 4 s of load", unit: "MiB", values: short, goal: null }),
      absolute({ figure: "16 s of load", unit: "MiB", values: long, goal: null }),
      absolute({ figure: "growth", unit: "MiB/s", values: growth, goal: { atMost: 1 } }),
    ];
    publish("memory", figures, []);
    expect(figures.every(({ measured }) => Number.isFinite(measured.median))).toBe(true);
  });
});

async function memoryOf(seconds: number): Promise<number> {
  const results = temporaryDirectory();
  const file = scenarioFile(results, `name: memory\nphases:\n  - load: { strategy: pool, sockets: 100, rate: 20000/s, duration: ${seconds}s, threads: 2 }\n`);
  const child = start(process.execPath, [CLI, "run", file, "--quiet", "--results", results]);
  const end = finished(child);
  const memory = await peakMemory(child.pid ?? 0, () => child.exitCode !== null || child.signalCode !== null);
  await end;
  return memory / MIB;
}

async function report(directory: string): Promise<{ seconds: number; cpu: number; mib: number }> {
  const startedMs = performance.now();
  const told = 'data:text/javascript,process.on("exit",()=>process.stderr.write(JSON.stringify(process.resourceUsage())))';
  const { code, stderr } = await execute(process.execPath, ["--import", told, CLI, "report", directory]);
  if (code !== 0) throw new Error(stderr);
  const seconds = (performance.now() - startedMs) / 1000;
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(stderr) as NodeJS.ResourceUsage;
  return { seconds, cpu: (userCPUTime + systemCPUTime) / 1e6, mib: maxRSS / 1024 };
}

/** A run of an hour with all that a run stores, EPERM and drops in its second half. */
function storeAnHour(root: string): string {
  const load = { kind: "load", strategy: "per-query", engine: "libc", threads: THREADS, ratePps: 8000, timeoutMs: 1000 };
  const story = aStory({ name: "hour", plan: { topology: "loopback", max: 262_144, buckets: 262_144, setMax: null, phases: [load] }, phases: [{ from: 0, to: HOUR_S }], endS: HOUR_S });
  const writer = createRunDirectory({ root, scenario: story.name, startedAt: new Date("2026-11-22T00:00:00Z") });
  const run = runRecordOf(story, writer.id);
  writer.updateRun(run);
  writer.appendEvent({ type: "phase-start", atNs: 0, phase: 0, kind: "load" });
  writer.appendKernel([{ type: "columns", atNs: 0, stat: ["found", "insert", "insert_failed", "drop", "early_drop", "chaintoolong"], net: [...NET_KEYS], kernelLog: "readable" }]);
  for (let second = 0; second < HOUR_S; second++) {
    const full = second >= HOUR_S / 2;
    const samples = Array.from({ length: 100 }, (_, i): SampleRecord => {
      const atNs = second * 1e9 + i * 1e7 + ((i * 7919) % 100_000);
      const drop = Math.max(0, (second - HOUR_S / 2) * 4000 + i * 40);
      const packets = second * 8000 + i * 80 - drop;
      const net = { "Ip.OutRequests": 2 * packets, "Udp.InDatagrams": 2 * packets, "Udp.OutDatagrams": 2 * packets };
      return { type: "sample", atNs, count: full ? 262_144 : second * 145 + i, max: 262_144, ...(full ? { stat: { drop, early_drop: drop / 10 } } : {}), net };
    });
    writer.appendKernel(samples);
    for (let tick = 1; tick <= 10; tick++) {
      const counts = full ? { sent: 50, failed: { EPERM: 50 }, answered: { NOERROR: 50 } } : { sent: 100, answered: { NOERROR: 100 } };
      writer.appendSender(Array.from({ length: THREADS }, (_, thread) => aTick({ thread, atNs: second * 1e9 + tick * 1e8, attempted: 100, planned: 100, dropped: 0, strays: {}, ...counts })));
    }
  }
  for (let thread = 0; thread < THREADS; thread++) writer.appendHistogram({ tag: "load-0", startS: 0, endS: HOUR_S, encoded: encoded(Array.from({ length: 1000 }, (_, i) => 1 + i / 10)) });
  writer.appendEvent({ type: "phase-end", atNs: HOUR_S * 1e9, phase: 0, kind: "load" });
  writer.updateRun(run);
  writer.close();
  if (!fs.existsSync(path.join(writer.directory, "run.json"))) throw new Error("nothing was stored");
  return writer.directory;
}
