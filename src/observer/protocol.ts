import type { KernelRecord } from "../store/records.ts";

/** What the observer thread is started with. */
export interface ObserverData {
  originNs: bigint;
  intervalNs: number;
  /** A network namespace to observe instead of the process's own, as a file that setns takes. */
  namespace: string | null;
  /** The router's namespace, where there is one: what the kernel log says of it is kept too. */
  router: string | null;
  /** One Int32: not 0 means take a last sample and end. */
  stop: SharedArrayBuffer;
}

/** Observer thread to main. */
export type FromObserver =
  /** The first sample is taken: what happens from now on is seen. */
  | { type: "ready" }
  | { type: "records"; records: KernelRecord[] }
  | { type: "done" };
