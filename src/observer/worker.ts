import { parentPort } from "node:worker_threads";
import { MonotonicClock, NS_PER_MS } from "../clock.ts";
import { loadLibc } from "../libc/library.ts";
import { enterNamespace } from "../libc/namespace.ts";
import { type FromObserver, type ObserverData, SIGNAL } from "./protocol.ts";
import { practise } from "./practice.ts";
import { openKernelSources, Sampler } from "./sampler.ts";

// Entry point of the observer thread. Once told what to observe it samples on an absolute schedule until told to end, and never longer than it was told.

const A_DAY_NS = 24 * 3600e9;

const port = parentPort;
if (port === null) throw new Error("observer/worker is started as a worker thread");
const post = (message: FromObserver): void => port.postMessage(message);
const libc = loadLibc();
practise(libc);
port.once("message", observe);

function observe({ originNs, intervalNs, handOverNs, restEveryNs, longestNs = A_DAY_NS, namespace, pid, kernelLog, router, signal }: ObserverData): void {
  const told = new Int32Array(signal);
  const clock = new MonotonicClock(originNs);
  if (namespace !== null) enterToObserve(namespace);
  const sources = openKernelSources({ kernelLog, router, pid, libc });
  const sampler = new Sampler({ sources, clock, originNs: Number(originNs), libc });

  post({ type: "records", records: sampler.begin() });
  const startNs = clock.nowNs();
  let handedOverNs = startNs;
  let restNs = startNs;
  post({ type: "ready" });

  for (let dueNs = startNs + intervalNs, nowNs = startNs; nowNs - startNs <= longestNs; ) {
    // The wait itself says whether to look for a signal, which costs a thread that has just woken up 3 us.
    const inTurn = Atomics.wait(told, 0, SIGNAL.goOn, (dueNs - nowNs) / NS_PER_MS) === "timed-out";
    const asked = inTurn ? SIGNAL.goOn : Atomics.compareExchange(told, 0, SIGNAL.look, SIGNAL.goOn);
    if (asked === SIGNAL.end) break;
    // When it was taken is taken for now: another look at the clock would cost as much as a file, and the next sample is late by the reads alone.
    nowNs = sampler.take();
    if (inTurn) dueNs += intervalNs;
    // A sample that was missed is not made up for: it would show what the next one shows.
    if (dueNs < nowNs) dueNs = startNs + Math.ceil((nowNs - startNs) / intervalNs) * intervalNs;
    if (asked === SIGNAL.look || nowNs - handedOverNs >= handOverNs) {
      const rest = asked === SIGNAL.look || nowNs - restNs >= restEveryNs;
      post({ type: "records", records: sampler.collect({ rest }) });
      if (asked === SIGNAL.look) post({ type: "looked" });
      handedOverNs = nowNs;
      if (rest) restNs = nowNs;
      nowNs = clock.nowNs();
    }
  }
  post({ type: "records", records: sampler.collect({ rest: true }) });
  post({ type: "done" });
}

function enterToObserve(namespace: string): void {
  if (libc === null) throw new Error(`cannot observe the namespace ${namespace}: no koffi binary for this machine`);
  enterNamespace(libc, namespace);
}
