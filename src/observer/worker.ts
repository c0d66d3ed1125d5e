import { parentPort } from "node:worker_threads";
import { monotonicClock, NS_PER_MS } from "../clock.ts";
import { type Libc, loadLibc } from "../libc/library.ts";
import { enterNamespace } from "../libc/namespace.ts";
import { type FromObserver, type ObserverData, SIGNAL } from "./protocol.ts";
import { openKernelSources, Sampler } from "./sampler.ts";

// Entry point of the observer thread. Once told what to observe it samples on an absolute schedule until told to end, and never longer than it was told.

/** Samples are worked out and handed over this often: a message each would cost more than the sample. */
const HAND_OVER_NS = 100e6;
const A_DAY_NS = 24 * 3600e9;

const port = parentPort;
if (port === null) throw new Error("observer/worker is started as a worker thread");
const post = (message: FromObserver): void => port.postMessage(message);
port.once("message", observe);

function observe({ originNs, intervalNs, longestNs = A_DAY_NS, namespace, pid, kernelLog, router, signal }: ObserverData): void {
  const told = new Int32Array(signal);
  const clock = monotonicClock(originNs);
  const libc = loadLibc();
  if (namespace !== null) enterToObserve(namespace, libc);
  const sources = openKernelSources({ kernelLog, router, pid, libc });
  const sampler = new Sampler({ sources, clock, originNs: Number(originNs), libc });

  post({ type: "records", records: sampler.begin() });
  const startNs = clock.nowNs();
  let handedOverNs = startNs;
  post({ type: "ready" });

  for (let n = 1, nowNs = startNs; Atomics.load(told, 0) !== SIGNAL.end && nowNs - startNs <= longestNs; ) {
    const waitMs = (startNs + n * intervalNs - nowNs) / NS_PER_MS;
    if (waitMs > 0) Atomics.wait(told, 0, SIGNAL.goOn, waitMs);
    const outOfTurn = Atomics.compareExchange(told, 0, SIGNAL.look, SIGNAL.goOn) === SIGNAL.look;
    // When it was taken is taken for now: another look at the clock would cost as much as a file, and the next sample is late by the reads alone.
    nowNs = sampler.take();
    // A sample that was missed is not made up for: it would show what the next one shows.
    n = Math.max(outOfTurn ? n : n + 1, Math.ceil((nowNs - startNs) / intervalNs));
    if (outOfTurn || nowNs - handedOverNs >= HAND_OVER_NS) {
      post({ type: "records", records: sampler.collect() });
      handedOverNs = nowNs;
      nowNs = clock.nowNs();
    }
  }
  post({ type: "records", records: sampler.collect() });
  post({ type: "done" });
}

function enterToObserve(namespace: string, libc: Libc | null): void {
  if (libc === null) throw new Error(`cannot observe the namespace ${namespace}: no koffi binary for this machine`);
  enterNamespace(libc, namespace);
}
