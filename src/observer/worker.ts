import { parentPort } from "node:worker_threads";
import { MonotonicClock } from "../clock.ts";
import { loadLibc } from "../libc/library.ts";
import { enterNamespace } from "../libc/namespace.ts";
import { type FromObserver, type ObserverData, SIGNAL } from "./protocol.ts";
import { practise } from "./practice.ts";
import { Rhythm } from "./rhythm.ts";
import { openKernelSources, Sampler } from "./sampler.ts";

// Entry point of the observer thread. Once told what to observe it samples on an absolute schedule until told to end, and never longer than it was told.

const A_DAY_NS = 24 * 3600e9;

const port = parentPort;
if (port === null) throw new Error("observer/worker is started as a worker thread");
const post = (message: FromObserver): void => port.postMessage(message);
const libc = loadLibc();
practise(libc);
port.once("message", observe);

function observe({ originNs, intervalNs, handOverNs, netEveryNs, longestNs = A_DAY_NS, namespace, pid, kernelLog, router, signal }: ObserverData): void {
  const clock = new MonotonicClock(originNs);
  if (namespace !== null) enterToObserve(namespace);
  const sources = openKernelSources({ kernelLog, router, pid, libc });
  const sampler = new Sampler({ sources, clock, originNs: Number(originNs), libc });

  post({ type: "records", records: sampler.begin() });
  const startNs = clock.nowNs();
  const rhythm = new Rhythm({ sampler, told: new Int32Array(signal), startNs, intervalNs });
  post({ type: "ready" });

  const endNs = startNs + longestNs;
  for (let handOverAtNs = startNs + handOverNs, netAtNs = startNs + netEveryNs; rhythm.nowNs < endNs; ) {
    const asked = rhythm.keep(Math.min(handOverAtNs, endNs));
    if (asked === SIGNAL.end) break;
    const tookNs = rhythm.nowNs;
    const net = asked === SIGNAL.look || tookNs >= netAtNs;
    post({ type: "records", records: sampler.collect({ net }) });
    if (asked === SIGNAL.look) post({ type: "looked", number: rhythm.lookNumber });
    handOverAtNs = tookNs + handOverNs;
    if (net) netAtNs = tookNs + netEveryNs;
    rhythm.nowNs = clock.nowNs();
  }
  sampler.take();
  post({ type: "records", records: sampler.collect({ net: true }) });
  post({ type: "done" });
}

function enterToObserve(namespace: string): void {
  if (libc === null) throw new Error(`cannot observe the namespace ${namespace}: no koffi binary for this machine`);
  enterNamespace(libc, namespace);
}
