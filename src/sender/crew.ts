import { Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { UserError } from "../errors.ts";
import type { CpuTime } from "../kernel/cpu-time.ts";
import type { Engine } from "../plan/plan.ts";
import type { SenderRecord } from "../store/records.ts";
import type { FilledEvent, FromSender, LoadHistograms, SenderData, SenderJob, ToSender } from "./protocol.ts";

/** All threads begin together, this long after the last is ready. */
const START_DELAY_NS = 5e6;

export interface CrewEvents {
  onRecords(records: SenderRecord[]): void;
  onFilled(event: FilledEvent): void;
  /** A thread ended with an error, at work or between two jobs. */
  onCrash(error: unknown): void;
}

/** What the threads of a load report when they are done, and their CPU time. */
export interface CrewResult {
  startNs: number;
  endNs: number;
  /** Each thread's. */
  histograms: LoadHistograms[];
  /** All threads together; null where one's is unknown. */
  cpu: CpuTime | null;
}

/** The sender threads of a run. They are started once and take one job after another. */
export class Crew {
  readonly #clock: Clock;
  readonly #events: CrewEvents;
  readonly #stop = new SharedArrayBuffer(4);
  readonly #workers: Worker[];
  /** Phases whose jobs are ready to begin. */
  readonly #prepared = new Set<number>();

  constructor({ threads, originNs, clock, events }: { threads: number; originNs: bigint; clock: Clock; events: CrewEvents }) {
    this.#clock = clock;
    this.#events = events;
    this.#workers = Array.from({ length: threads }, (_, thread) => {
      const data: SenderData = { thread, originNs, stop: this.#stop };
      return new Worker(new URL("./worker.js", import.meta.url), { workerData: data }).on("error", (error) => events.onCrash(error));
    });
  }

  /** Loads what a load by this engine needs, so that its phase need not wait for it. */
  async loadEngine({ engine, threads }: { engine: Engine; threads: number }): Promise<void> {
    await Promise.all(this.#workers.slice(0, threads).map((worker) => this.#ask(worker, { type: "load-engine", engine }, "engine-loaded")));
  }

  /**
   * Opens what the jobs of a phase need, job `i` in thread `i`; other jobs may be carried out before they begin. Rejects with a
   * UserError when the machine refuses it, and with the thread's own error when one crashes.
   */
  async prepare(jobs: SenderJob[]): Promise<void> {
    await Promise.all(jobs.map((job, i) => this.#ask(this.#workers[i] as Worker, { type: "prepare", job }, "ready")));
    for (const { phase } of jobs) this.#prepared.add(phase);
  }

  /** Carries out the jobs of a phase, job `i` in thread `i`; prepares them unless they are. Resolves when all are done, rejects as `prepare` does. */
  async carryOut(jobs: SenderJob[]): Promise<CrewResult> {
    const crew = this.#workers.slice(0, jobs.length);
    const phase = jobs[0]?.phase ?? 0;
    if (!this.#prepared.has(phase)) await this.prepare(jobs);
    this.#prepared.delete(phase);
    const startNs = this.#clock.nowNs() + START_DELAY_NS;
    const done = await Promise.all(crew.map((worker) => this.#ask(worker, { type: "go", phase, startNs }, "done")));
    return {
      startNs,
      endNs: Math.max(...done.map((message) => message.endNs)),
      histograms: done.flatMap(({ histograms }) => (histograms === null ? [] : [histograms])),
      cpu: sumCpu(done.map(({ cpu }) => cpu)),
    };
  }

  /** Makes every thread end its job soon. Jobs given later end at once. */
  stop(): void {
    Atomics.store(new Int32Array(this.#stop), 0, 1);
    Atomics.notify(new Int32Array(this.#stop), 0);
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Sends a message and resolves with the answer of the wanted kind; everything in between is passed on. */
  #ask<T extends "engine-loaded" | "ready" | "done">(worker: Worker, message: ToSender, wanted: T): Promise<Extract<FromSender, { type: T }>> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        worker.off("message", onMessage).off("error", onError);
        act();
      };
      const onError = (error: unknown): void => settle(() => reject(error));
      const onMessage = (answer: FromSender): void => {
        if (answer.type === wanted) settle(() => resolve(answer as Extract<FromSender, { type: T }>));
        else if (answer.type === "refused") settle(() => reject(new UserError(answer.message)));
        else if (answer.type === "records") this.#events.onRecords(answer.records);
        else if (answer.type === "filled") this.#events.onFilled(answer.event);
      };
      worker.on("message", onMessage).on("error", onError);
      worker.postMessage(message);
    });
  }
}

function sumCpu(times: readonly (CpuTime | null)[]): CpuTime | null {
  const sum = { userNs: 0, systemNs: 0 };
  for (const time of times) {
    if (time === null) return null;
    sum.userNs += time.userNs;
    sum.systemNs += time.systemNs;
  }
  return sum;
}
