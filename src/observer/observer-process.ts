import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ENTRY_POINTS } from "../entry-points.ts";
import { Looks } from "./looks.ts";
import type { Observing, ObservingEvents } from "./observer.ts";
import type { FromObserver, ObserverData, ToObserver } from "./protocol.ts";

/**
 * An observer in a process of its own, which `nsenter` starts in another network namespace: for machines where the C library
 * cannot be called, and so no thread of ours can move. It takes the same samples, and costs a process.
 */
export class ObserverProcess implements Observing {
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #done: Promise<void>;
  readonly #looks = new Looks();
  #ending = false;

  constructor({ onRecords, onCrash, namespace, ...what }: Omit<ObserverData, "signal"> & { namespace: string } & ObservingEvents) {
    const script = fileURLToPath(ENTRY_POINTS.observerElsewhere);
    this.#process = spawn("nsenter", [`--net=${namespace}`, process.execPath, script], { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
    const on = (wanted: FromObserver["type"]): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#process.on("error", reject);
        this.#process.on("exit", (code, signal) => reject(new Error(`the observer's process ended with ${signal ?? code}`)));
        this.#process.on("message", (message: FromObserver) => {
          if (message.type === wanted) resolve();
        });
      });
    this.#process.on("message", (message: FromObserver) => {
      if (message.type === "records") onRecords(message.records);
      else if (message.type === "looked") this.#looks.answer(message.number);
    });
    this.#ready = on("ready");
    this.#ready.catch(() => {});
    this.#done = on("done");
    this.#done.catch((error: unknown) => {
      if (!this.#ending) onCrash(error);
    });
    this.#tell({ type: "begin", what: { ...what, namespace: null } });
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async look(): Promise<void> {
    const { number, looked } = this.#looks.ask();
    this.#tell({ type: "look", number });
    await Promise.race([looked, this.#done.catch(() => {})]);
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#tell({ type: "end" });
    await this.#done.catch(() => {});
    this.#process.kill("SIGKILL");
  }

  #tell(message: ToObserver): void {
    if (this.#process.connected) this.#process.send(message);
  }
}
