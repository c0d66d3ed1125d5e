import { expect, test } from "vitest";
import { storeAnHour } from "../fixtures/runs/hour.ts";
import { describeLab } from "../integration/capabilities.ts";
import { CLI, execute, finished, scenarioFile, start, temporaryDirectory } from "../integration/program.ts";
import { absolute, publish } from "./figures.ts";
import { peakMemory } from "./process-tree.ts";

const MIB = 2 ** 20;
/** Lengths of load: what V8 takes to begin with, before its first full collections, is taken within the shorter one, for the most part. */
const SHORT_S = 15;
const LONG_S = 60;

describeLab("what tablefull itself takes", () => {
  test("a report on an hour", { timeout: 300_000 }, async () => {
    const directory = storeAnHour(temporaryDirectory());
    const runs = [];
    for (let round = 0; round < 5; round++) runs.push(await report(directory));
    const figures = [
      absolute({ figure: "report on an hour's run, 10 ms samples, 8 threads", unit: "s", values: runs.map(({ seconds }) => seconds), goal: { atMost: 2 } }),
      absolute({ figure: "its CPU time", unit: "s", values: runs.map(({ cpu }) => cpu), goal: null }),
      absolute({ figure: "its memory", unit: "MB", values: runs.map(({ megabytes }) => megabytes), goal: { atMost: 300 } }),
    ];
    publish("report", figures, ["CPU time is that of all threads. Seconds beyond it are those in which others had the machine.", "Memory is the most that was resident, in 10^6 bytes."]);
    expect(figures.every(({ measured }) => measured.least > 0)).toBe(true);
  });

  test("memory does not grow with the length of a run", { timeout: 400_000 }, async () => {
    const short: number[] = [];
    const long: number[] = [];
    for (let round = 0; round < 3; round++) {
      short.push(await memoryOf(SHORT_S));
      long.push(await memoryOf(LONG_S));
    }
    const growth = long.map((mib, i) => (mib - (short[i] ?? Number.NaN)) / (LONG_S - SHORT_S));
    const figures = [
      absolute({ figure: `memory of all processes, ${SHORT_S} s of load`, unit: "MiB", values: short, goal: null }),
      absolute({ figure: `${LONG_S} s of load`, unit: "MiB", values: long, goal: null }),
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

async function report(directory: string): Promise<{ seconds: number; cpu: number; megabytes: number }> {
  const startedMs = performance.now();
  const told = 'data:text/javascript,import{isMainThread}from"node:worker_threads";isMainThread&&process.on("exit",()=>process.stderr.write(JSON.stringify(process.resourceUsage())))';
  const { code, stderr } = await execute(process.execPath, ["--import", told, CLI, "report", directory]);
  if (code !== 0) throw new Error(stderr);
  const seconds = (performance.now() - startedMs) / 1000;
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(stderr) as NodeJS.ResourceUsage;
  return { seconds, cpu: (userCPUTime + systemCPUTime) / 1e6, megabytes: (maxRSS * 1024) / 1e6 };
}
