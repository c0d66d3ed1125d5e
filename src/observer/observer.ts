import { Worker } from "node:worker_threads";
import { ENTRY_POINTS } from "../entry-points.ts";
import type { KernelRecord } from "../store/records.ts";
import { Looks } from "./looks.ts";
import { type FromObserver, type ObserverData, SIGNAL } from "./protocol.ts";

export interface ObservingEvents {
  onRecords(records: KernelRecord[]): void;
  /** The observer ended with an error; what happens from then on is not seen. */
  onCrash(error: unknown): void;
}

/** Samples a namespace in the background. */
export interface Observing {
  /** Resolves when the first sample is taken. */
  ready(): Promise<void>;
  /** Takes a sample of all counters now, and resolves when it was handed over: what one phase did must not be taken for what the next does. */
  look(): Promise<void>;
  /** Takes a last sample and ends; every record has been handed over when it resolves. One that crashed has ended already. */
  end(): Promise<void>;
}

/** Starts a thread that waits for what it is to observe. */
export function startObserver(): Worker {
  return new Worker(ENTRY_POINTS.observer);
}

/** The observer thread, seen from the main thread. */
export class Observer implements Observing {
  readonly #worker: Worker;
  readonly #signal = new Int32Array(new SharedArrayBuffer(8));
  readonly #ready: Promise<void>;
  readonly #done: Promise<void>;
  readonly #looks = new Looks();

  /** `thread`: one that was started for it. */
  constructor({ onRecords, onCrash, thread = startObserver(), ...how }: Omit<ObserverData, "signal"> & ObservingEvents & { thread?: Worker }) {
    const data: ObserverData = { ...how, signal: this.#signal.buffer };
    this.#worker = thread;
    const on = (wanted: FromObserver["type"]): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#worker.on("error", reject);
        this.#worker.on("message", (message: FromObserver) => {
          if (message.type === wanted) resolve();
        });
      });
    this.#worker.on("message", (message: FromObserver) => {
      if (message.type === "records") onRecords(message.records);
      else if (message.type === "looked") this.#looks.answer(message.number);
    });
    this.#worker.on("error", onCrash);
    this.#ready = on("ready");
    this.#ready.catch(() => {});
    this.#done = on("done");
    this.#done.catch(() => {});
    this.#worker.postMessage(data);
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async look(): Promise<void> {
    const { number, looked } = this.#looks.ask();
    Atomics.store(this.#signal, 1, number);
    // It must not undo an `end`.
    Atomics.compareExchange(this.#signal, 0, SIGNAL.goOn, SIGNAL.look);
    Atomics.notify(this.#signal, 0);
    await Promise.race([looked, this.#done.catch(() => {})]);
  }

  async end(): Promise<void> {
    Atomics.store(this.#signal, 0, SIGNAL.end);
    Atomics.notify(this.#signal, 0);
    await this.#done.catch(() => {});
    await this.#worker.terminate();
  }
}
