import { Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { ENTRY_POINTS } from "../entry-points.ts";
import { UserError } from "../errors.ts";
import type { CpuTime } from "../kernel/cpu-time.ts";
import type { Engine } from "../plan/plan.ts";
import type { SenderRecord } from "../store/records.ts";
import type { FilledEvent, FromSender, LoadHistograms, SenderJob, SenderOrder, ToSender } from "./protocol.ts";

/** All threads begin together, this long after the last is ready. */
const START_DELAY_NS = 5e6;
/** A thread that was told to leave may take this long. */
const LEAVING_MS = 1000;

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

/** Starts threads that wait for their crew: they start alike for every run, and take as long as a scenario to read. */
export function startSenders(count: number): Worker[] {
  return Array.from({ length: count }, () => new Worker(ENTRY_POINTS.sender));
}

/** The sender threads of a run. They are started once and take one job after another. */
export class Crew {
  readonly #clock: Clock;
  readonly #events: CrewEvents;
  readonly #stop = new SharedArrayBuffer(4);
  readonly #workers: Worker[];
  /** Each thread's end, however it ends. */
  readonly #ended: Promise<void>[];
  /** Phases whose jobs are ready to begin. */
  readonly #prepared = new Set<number>();

  /** `waiting`: threads that were started for it; the crew takes what it needs and ends the rest. */
  constructor({ threads, waiting = [], originNs, clock, events }: { threads: number; waiting?: readonly Worker[]; originNs: bigint; clock: Clock; events: CrewEvents }) {
    this.#clock = clock;
    this.#events = events;
    this.#workers = [...waiting.slice(0, threads), ...startSenders(Math.max(0, threads - waiting.length))];
    waiting.slice(threads).forEach((worker) => tell(worker, { type: "leave" }));
    this.#ended = this.#workers.map((worker) => new Promise((resolve) => worker.once("exit", () => resolve())));
    this.#workers.forEach((worker, thread) => {
      worker.on("error", (error) => events.onCrash(error));
      tell(worker, { type: "join", crew: { thread, originNs, stop: this.#stop } });
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

  /** Ends the threads, whatever they are at. */
  async dismiss(): Promise<void> {
    this.stop();
    // Terminated while it loads koffi, a thread would take the process with it; told to leave, it ends by itself.
    for (const worker of this.#workers) tell(worker, { type: "leave" });
    await Promise.race([Promise.all(this.#ended), new Promise((resolve) => setTimeout(resolve, LEAVING_MS).unref())]);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Sends a message and resolves with the answer of the wanted kind; everything in between is passed on. */
  #ask<T extends "engine-loaded" | "ready" | "done">(worker: Worker, order: SenderOrder, wanted: T): Promise<Extract<FromSender, { type: T }>> {
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
      tell(worker, order);
    });
  }
}

function tell(worker: Worker, message: ToSender): void {
  worker.postMessage(message);
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
