import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeLab } from "../integration/capabilities.ts";
import { CLI, execute, finished, scenarioFile, start, temporaryDirectory } from "../integration/program.ts";
import { absolute, publish } from "./figures.ts";
import { buildC } from "./lab-runs.ts";
import { commandOf, family, threadTimes } from "./process-tree.ts";

const ROUNDS = 7;
const MEASURED_S = 3;
/** The lab, the first sample and the first turns of everything are left out. */
const WARM_UP_S = 1.5;
/** What each sample reads. */
const FILES = ["/proc/thread-self/net/stat/nf_conntrack"];
/** New flows all the time, so that no two samples are alike. */
const MOVING = `for ((i = 0; i < 1000; i++)); do echo >/dev/udp/127.0.0.53/53; read -rt 0.005 <> <(:); done`;

describeLab("what tablefull itself takes", () => {
  test("the observer at 10 ms", { timeout: 300_000 }, async () => {
    const reads = buildC("reads");
    const above: number[] = [];
    const storing: number[] = [];
    const timers: number[] = [];
    const floor: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { observer, main, beside: timer } = await observed("10ms", bareTimer);
      const seldom = await observed("1s", async () => {
        const [read, waited] = await Promise.all([inC(reads, FILES), inC(reads, [])]);
        return read - waited;
      });
      timers.push(timer);
      above.push(observer - timer);
      storing.push(main - seldom.main);
      floor.push(seldom.beside);
    }
    const both = above.map((share, i) => share + (storing[i] ?? Number.NaN));
    const unit = "% of a core";
    const percent = (shares: number[]): number[] => shares.map((share) => share * 100);
    const figures = [
      absolute({ figure: "observer at 10 ms, above its timer, storing included", unit, values: percent(both), goal: { atMost: 1 } }),
      absolute({ figure: "its own thread", unit, values: percent(above), goal: null }),
      absolute({ figure: "storing, by the main thread", unit, values: percent(storing), goal: null }),
      absolute({ figure: "the read of each sample alone, in C, above a timer in C", unit, values: percent(floor), goal: null }),
      absolute({ figure: "a timer of 10 ms, a thread of Node's", unit, values: percent(timers), goal: null }),
    ];
    publish("observer", figures, [
      "On-CPU time of single threads (/proc/PID/task/TID/schedstat) of a run in which every sample differs. Storing: the main thread's time less that of a run that samples each second. Timers, and the read in C, run beside the runs: whoever wakes finds the caches as cold.",
    ]);
    expect(figures.every(({ measured }) => Number.isFinite(measured.median) && measured.median < 100)).toBe(true);
  });
});

/** The share of a core that a run's observer thread and its main thread take, and what is measured beside them, at the same time. */
async function observed(every: string, measure: () => Promise<number>): Promise<{ observer: number; main: number; beside: number }> {
  const results = temporaryDirectory();
  const file = scenarioFile(results, `name: rest\nobserve: { every: ${every} }\nphases:\n  - exec: { command: [bash, -c, ${JSON.stringify(MOVING)}] }\n`);
  const child = start(process.execPath, [CLI, "run", file, "--quiet", "--results", results]);
  const end = finished(child);
  const lab = await labOf(child.pid ?? 0);
  const [shares, beside] = await Promise.all([steadyShares(lab), measure()]);
  child.kill("SIGINT");
  await end;
  // Nothing else in the lab's process has anything to do.
  return { beside, main: shares.get(lab) ?? Number.NaN, observer: Math.max(...[...shares].filter(([thread]) => thread !== lab).map(([, share]) => share)) };
}

async function labOf(pid: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    // Not `unshare`, which has it among its words.
    const lab = family(pid).find((member) => /^\S*node \S*lab-process.js/.test(commandOf(member)));
    if (lab !== undefined) return lab;
    await sleep(50);
  }
  throw new Error("the run has no lab");
}

/** The share of a core that a thread takes which only waits, as the observer does, 10 ms at a time. */
async function bareTimer(): Promise<number> {
  const loop = "const f = new Int32Array(new SharedArrayBuffer(4)); for (let i = 0; i < 1000; i++) Atomics.wait(f, 0, 0, 10)";
  const child = start(process.execPath, ["-e", `new (require("node:worker_threads").Worker)(${JSON.stringify(loop)}, { eval: true })`]);
  const end = finished(child);
  const shares = await steadyShares(child.pid ?? 0);
  child.kill("SIGKILL");
  await end;
  return Math.max(...shares.values());
}

async function steadyShares(pid: number): Promise<Map<number, number>> {
  await sleep(WARM_UP_S * 1000);
  const before = threadTimes(pid);
  const startedMs = performance.now();
  await sleep(MEASURED_S * 1000);
  const elapsedNs = (performance.now() - startedMs) * 1e6;
  return new Map([...threadTimes(pid)].map(([thread, ns]) => [thread, (ns - (before.get(thread) ?? 0)) / elapsedNs]));
}

async function inC(reads: string, files: string[]): Promise<number> {
  await sleep(WARM_UP_S * 1000);
  const { stdout, stderr } = await execute(reads, ["10", String(MEASURED_S), ...files]);
  if (stdout === "") throw new Error(stderr);
  return Number(stdout);
}
