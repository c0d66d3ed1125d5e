import { parentPort, workerData } from "node:worker_threads";
import { type Clock, monotonicClock, NS_PER_MS } from "../clock.ts";
import { loadLibc } from "../libc/library.ts";
import { CallError } from "../libc/sockets.ts";
import type { SenderRecord } from "../store/records.ts";
import { startCpuClock } from "./cpu-clock.ts";
import { loadEngine, prepareRunner } from "./prepare-runner.ts";
import type { FilledEvent, FromSender, SenderData, SenderJob, ToSender } from "./protocol.ts";
import type { Runner } from "./runner.ts";

// Entry point of a sender thread: one job after another, as the main thread says.

const { thread, originNs, stop } = workerData as SenderData;
const port = parentPort;
if (port === null) throw new Error("sender/worker is started as a worker thread");
const clock: Clock = monotonicClock(originNs);
const stopFlag = new Int32Array(stop);
const stopped = (): boolean => Atomics.load(stopFlag, 0) !== 0;
const post = (message: FromSender): void => port.postMessage(message);
/** Jobs that are ready to begin, by their phase. */
const prepared = new Map<number, Runner>();

port.on("message", (message: ToSender) => {
  if (message.type === "load-engine") void loadEngine(message.engine).then(() => post({ type: "engine-loaded" }));
  else if (message.type === "prepare") void prepare(message.job);
  else void go(message);
});

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

/** What the machine refuses is for the user; anything else is a bug and ends the thread with its stack. */
function refuse(error: unknown): void {
  if (!(error instanceof CallError)) throw error;
  post({ type: "refused", message: `sender thread ${thread}: ${error.message}` });
}

async function go({ phase, startNs }: Extract<ToSender, { type: "go" }>): Promise<void> {
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
