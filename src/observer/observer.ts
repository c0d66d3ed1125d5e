import { Worker } from "node:worker_threads";
import type { KernelRecord } from "../store/records.ts";
import type { FromObserver, ObserverData } from "./protocol.ts";

/** The observer thread, seen from the main thread. */
export class Observer {
  readonly #worker: Worker;
  readonly #stop = new SharedArrayBuffer(4);
  readonly #ready: Promise<void>;
  readonly #done: Promise<void>;

  constructor({ onRecords, ...how }: Omit<ObserverData, "stop"> & { onRecords: (records: KernelRecord[]) => void }) {
    const data: ObserverData = { ...how, stop: this.#stop };
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: data });
    const on = (wanted: FromObserver["type"]): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#worker.on("error", reject);
        this.#worker.on("message", (message: FromObserver) => {
          if (message.type === wanted) resolve();
        });
      });
    this.#worker.on("message", (message: FromObserver) => {
      if (message.type === "records") onRecords(message.records);
    });
    this.#ready = on("ready");
    this.#done = on("done");
    this.#done.catch(() => {});
  }

  /** Resolves when the first sample is taken. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Takes a last sample and ends; every record has been handed over when it resolves. */
  async end(): Promise<void> {
    const flag = new Int32Array(this.#stop);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    await this.#done;
    await this.#worker.terminate();
  }
}
