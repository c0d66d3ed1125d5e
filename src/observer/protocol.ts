import type { KernelRecord } from "../store/records.ts";

/** What an observer is told once: whoever starts its thread or process may not know yet what there will be to observe. */
export interface ObserverData {
  originNs: bigint;
  intervalNs: number;
  /** Samples are worked out and handed over this often: a message each would cost more than the sample. 0: each by itself. */
  handOverNs: number;
  /** The IP and UDP counters are read this often, and when a look is asked for. */
  netEveryNs: number;
  /** A network namespace to observe instead of the process's own, as a file that setns takes. */
  namespace: string | null;
  /** A process whose network namespace to read through /proc/PID/net, where no thread may move into it; then `namespace` is null. */
  pid?: number | undefined;
  /** Ends by itself after this long; a day unless told otherwise. */
  longestNs?: number;
  /** Whether to read the kernel log, which is the host's: one observer of a run does. */
  kernelLog: boolean;
  /** The router's namespace, where there is one: what the kernel log says of it is kept too. */
  router: string | null;
  /** Two Int32: a `Signal`, and how many looks have been asked for. Shared, as a thread that samples does not read its messages. */
  signal: SharedArrayBuffer;
}

export const SIGNAL = {
  goOn: 0,
  /** Take a last sample and end. */
  end: 1,
  /** Take a sample of all counters now, out of turn, and go on. */
  look: 2,
} as const;

/** To an observer that is a process. */
export type ToObserver = { type: "begin"; what: Omit<ObserverData, "signal"> } | { type: "look"; number: number } | { type: "end" };

/** Observer to main, be it a thread or a process. */
export type FromObserver =
  /** The first sample is taken: what happens from now on is seen. */
  | { type: "ready" }
  | { type: "records"; records: KernelRecord[] }
  /** What the look of this number asked for is handed over, and those before it. */
  | { type: "looked"; number: number }
  | { type: "done" };
