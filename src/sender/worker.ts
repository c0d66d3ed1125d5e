import { parentPort, workerData } from "node:worker_threads";
import { type Clock, monotonicClock, NS_PER_MS } from "../clock.ts";
import { loadLibc } from "../libc/library.ts";
import { CallError } from "../libc/sockets.ts";
import type { SenderRecord } from "../store/records.ts";
import { startCpuClock } from "./cpu-clock.ts";
import { NodeFill } from "./engines/dgram/fill.ts";
import { prepareDgramLoad } from "./engines/dgram/load.ts";
import { NodeTcpFill } from "./engines/dgram/tcp-fill.ts";
import { Fill } from "./engines/libc/fill.ts";
import { Insertion } from "./engines/libc/insertion.ts";
import { TcpFill } from "./engines/libc/tcp-fill.ts";
import { prepareLibcLoad } from "./engines/libc/load.ts";
import type { Runner, SenderContext } from "./runner.ts";
import type { FilledEvent, FromSender, SenderData, SenderJob, ToSender } from "./protocol.ts";

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
  if (message.type === "prepare") void prepare(message.job);
  else void go(message);
});

async function prepare(job: SenderJob): Promise<void> {
  const emit = (records: SenderRecord[]): void => post({ type: "records", records });
  try {
    const runner = await prepareRunner(job, { thread, clock, stopped, emit });
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

function prepareRunner(job: SenderJob, context: SenderContext): Runner | Promise<Runner> {
  if (job.kind === "load" && job.engine === "dgram") return prepareDgramLoad(job, context);
  if (job.kind === "fill" && job.by === "traffic" && job.engine === "dgram") return filling(new (job.state === "time-wait" ? NodeTcpFill : NodeFill)({ clock, job, stopped }));
  const libc = loadLibc();
  if (libc === null) throw new CallError("load the C library", "no koffi binary for this machine");
  if (job.kind === "load") return prepareLibcLoad(job, libc, context);
  if (job.by === "insertion") return filling(new Insertion({ libc, clock, job, stopped }));
  return filling(new (job.state === "time-wait" ? TcpFill : Fill)({ libc, clock, job, stopped }));
}

function filling(fill: { run(): FilledEvent | Promise<FilledEvent> }): Runner {
  return async () => {
    post({ type: "filled", event: await fill.run() });
    return null;
  };
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
