import { parentPort, workerData } from "node:worker_threads";
import { monotonicClock, NS_PER_MS } from "../clock.ts";
import { loadLibc } from "../libc/library.ts";
import { enterNamespace } from "../libc/namespace.ts";
import type { FromObserver, ObserverData } from "./protocol.ts";
import { openKernelSources, Sampler } from "./sampler.ts";

// Entry point of the observer thread. It samples on an absolute schedule until told to stop, and never longer than it was told.

/** Samples are worked out and handed over this often: a message each would cost more than the sample. */
const HAND_OVER_NS = 100e6;
const A_DAY_NS = 24 * 3600e9;

const { originNs, intervalNs, longestNs = A_DAY_NS, namespace, pid, kernelLog, router, stop } = workerData as ObserverData;
const port = parentPort;
if (port === null) throw new Error("observer/worker is started as a worker thread");
const post = (message: FromObserver): void => port.postMessage(message);
const stopFlag = new Int32Array(stop);
const clock = monotonicClock(originNs);
const libc = loadLibc();
if (namespace !== null) observeNamespace(namespace);
const sources = openKernelSources({ kernelLog, router, pid, libc });
const sampler = new Sampler({ sources, clock, originNs: Number(originNs), libc });

post({ type: "records", records: sampler.begin() });
const startNs = clock.nowNs();
let handedOverNs = startNs;
post({ type: "ready" });

for (let n = 1, nowNs = startNs; Atomics.load(stopFlag, 0) === 0 && nowNs - startNs <= longestNs; ) {
  const waitMs = (startNs + n * intervalNs - nowNs) / NS_PER_MS;
  if (waitMs > 0) Atomics.wait(stopFlag, 0, 0, waitMs);
  // When it was taken is taken for now: another look at the clock would cost as much as a file, and the next sample is late by the reads alone.
  nowNs = sampler.take();
  // A sample that was missed is not made up for: it would show what the next one shows.
  n = Math.max(n + 1, Math.ceil((nowNs - startNs) / intervalNs));
  if (nowNs - handedOverNs >= HAND_OVER_NS) {
    post({ type: "records", records: sampler.collect() });
    handedOverNs = nowNs;
    nowNs = clock.nowNs();
  }
}
post({ type: "records", records: sampler.collect() });
post({ type: "done" });

function observeNamespace(file: string): void {
  if (libc === null) throw new Error(`cannot observe the namespace ${file}: no koffi binary for this machine`);
  enterNamespace(libc, file);
}
