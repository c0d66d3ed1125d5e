import { parentPort } from "node:worker_threads";
import { MonotonicClock, NS_PER_MS } from "../clock.ts";
import { loadLibc } from "../libc/library.ts";
import { CallError } from "../libc/sockets.ts";
import type { SenderRecord } from "../store/records.ts";
import { startCpuClock } from "./cpu-clock.ts";
import { loadEngine, prepareRunner } from "./prepare-runner.ts";
import type { FilledEvent, FromSender, SenderData, SenderJob, SenderOrder, ToSender } from "./protocol.ts";
import type { Runner } from "./runner.ts";

// Entry point of a sender thread: it joins a crew, then does one job after another, as the main thread says.

const port = parentPort;
if (port === null) throw new Error("sender/worker is started as a worker thread");
const post = (message: FromSender): void => port.postMessage(message);
let carryOut: ((order: SenderOrder) => void) | null = null;
port.on("message", (message: ToSender) => {
  if (message.type === "join") carryOut = join(message.crew);
  else if (message.type === "leave") process.exit();
  else if (carryOut === null) throw new Error(`${message.type} before join`);
  else carryOut(message);
});

/** What a thread of a crew does with its orders. */
function join({ thread, originNs, stop }: SenderData): (order: SenderOrder) => void {
  const clock = new MonotonicClock(originNs);
  const stopFlag = new Int32Array(stop);
  const stopped = (): boolean => Atomics.load(stopFlag, 0) !== 0;
  /** Jobs that are ready to begin, by their phase. */
  const prepared = new Map<number, Runner>();

  return (order) => {
    if (order.type === "load-engine") void loadEngine(order.engine).then(() => post({ type: "engine-loaded" }));
    else if (order.type === "prepare") void prepare(order.job);
    else void go(order);
  };

  async function prepare(job: SenderJob): Promise<void> {
    const emit = (records: SenderRecord[]): void => post({ type: "records", records });
    try {
      const onFilled = (event: FilledEvent): void => post({ type: "filled", event });
      const runner = await prepareRunner(job, { context: { thread, clock, stopped, emit }, onFilled });
      prepared.set(job.phase, runner);
      post({ type: "ready" });
    } catch (error) {
      refuse(error);
    }
  }

  async function go({ phase, startNs }: Extract<SenderOrder, { type: "go" }>): Promise<void> {
    const runner = prepared.get(phase);
    if (runner === undefined) throw new Error("go before prepare");
    prepared.delete(phase);
    const waitMs = (startNs - clock.nowNs()) / NS_PER_MS;
    if (waitMs > 0) Atomics.wait(stopFlag, 0, 0, waitMs);
    try {
      const cpuTime = startCpuClock(loadLibc());
      const histograms = await runner(startNs);
      post({ type: "done", startNs, endNs: clock.nowNs(), histograms, cpu: cpuTime() });
    } catch (error) {
      refuse(error);
    }
  }

  /** What the machine refuses is for the user; anything else is a bug and ends the thread with its stack. */
  function refuse(error: unknown): void {
    if (!(error instanceof CallError)) throw error;
    post({ type: "refused", message: `sender thread ${thread}: ${error.message}` });
  }
}
