import { Worker } from "node:worker_threads";
import type { KernelRecord } from "../store/records.ts";
import type { FromObserver, ObserverData } from "./protocol.ts";

export interface ObservingEvents {
  onRecords(records: KernelRecord[]): void;
  /** The observer ended with an error; what happens from then on is not seen. */
  onCrash(error: unknown): void;
}

/** Samples a namespace in the background. */
export interface Observing {
  /** Resolves when the first sample is taken. */
  ready(): Promise<void>;
  /** Takes a last sample and ends; every record has been handed over when it resolves. One that crashed has ended already. */
  end(): Promise<void>;
}

/** The observer thread, seen from the main thread. */
export class Observer implements Observing {
  readonly #worker: Worker;
  readonly #stop = new SharedArrayBuffer(4);
  readonly #ready: Promise<void>;
  readonly #done: Promise<void>;

  constructor({ onRecords, onCrash, ...how }: Omit<ObserverData, "stop"> & ObservingEvents) {
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
    this.#worker.on("error", onCrash);
    this.#ready = on("ready");
    this.#ready.catch(() => {});
    this.#done = on("done");
    this.#done.catch(() => {});
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async end(): Promise<void> {
    const flag = new Int32Array(this.#stop);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    await this.#done.catch(() => {});
    await this.#worker.terminate();
  }
}
