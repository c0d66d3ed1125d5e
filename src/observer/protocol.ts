import type { KernelRecord } from "../store/records.ts";

/** What the observer thread is started with. */
export interface ObserverData {
  originNs: bigint;
  intervalNs: number;
  /** One Int32: not 0 means take a last sample and end. */
  stop: SharedArrayBuffer;
}

/** Observer thread to main. */
export type FromObserver =
  /** The first sample is taken: what happens from now on is seen. */
  | { type: "ready" }
  | { type: "records"; records: KernelRecord[] }
  | { type: "done" };
