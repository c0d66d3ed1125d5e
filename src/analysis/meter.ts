import { type Clock, NS_PER_MS, NS_PER_S } from "../clock.ts";
import type { KernelRecord, SenderRecord } from "../store/records.ts";

/** What is going on, a few times a second. Rates are per second since the last message. */
export interface Progress {
  /** Index of the phase and how many there are. */
  phase: number;
  phases: number;
  kind: string;
  elapsedMs: number;
  /** Null where the phase's length is not known before. */
  plannedMs: number | null;
  count: number | null;
  max: number | null;
  /** Queries that came due; null where a load has no rate. */
  plannedPps: number | null;
  attemptedPps: number;
  epermPps: number;
  answeredPps: number;
}

/** Adds up the records that pass by, so that a person can watch. Nothing here is stored. */
export class Meter {
  readonly #clock: Clock;
  readonly #phases: number;
  #phase = 0;
  #kind = "";
  #plannedMs: number | null = null;
  #startNs = 0;
  #count: number | null = null;
  #max: number | null = null;
  #planned: number | null = null;
  #attempted = 0;
  #eperm = 0;
  #answered = 0;
  #lastNs = 0;

  constructor({ clock, phases }: { clock: Clock; phases: number }) {
    this.#clock = clock;
    this.#phases = phases;
  }

  begin({ phase, kind, plannedMs }: { phase: number; kind: string; plannedMs: number | null }): void {
    this.#phase = phase;
    this.#kind = kind;
    this.#plannedMs = plannedMs;
    this.#startNs = this.#clock.nowNs();
    this.#planned = null;
  }

  addSenders(records: readonly SenderRecord[]): void {
    for (const record of records) {
      if (record.type !== "tick") continue;
      if (record.planned !== undefined) this.#planned = (this.#planned ?? 0) + record.planned;
      this.#attempted += record.attempted;
      this.#eperm += record.failed["EPERM"] ?? 0;
      for (const answers of Object.values(record.answered)) this.#answered += answers;
    }
  }

  addKernel(records: readonly KernelRecord[]): void {
    for (const record of records) {
      if (record.type !== "sample") continue;
      this.#count = record.count;
      this.#max = record.max;
    }
  }

  /** What to show now; rates begin anew. */
  take(): Progress {
    const nowNs = this.#clock.nowNs();
    const seconds = Math.max(1e-3, (nowNs - this.#lastNs) / NS_PER_S);
    const progress: Progress = {
      phase: this.#phase,
      phases: this.#phases,
      kind: this.#kind,
      elapsedMs: (nowNs - this.#startNs) / NS_PER_MS,
      plannedMs: this.#plannedMs,
      count: this.#count,
      max: this.#max,
      plannedPps: this.#planned === null ? null : this.#planned / seconds,
      attemptedPps: this.#attempted / seconds,
      epermPps: this.#eperm / seconds,
      answeredPps: this.#answered / seconds,
    };
    this.#lastNs = nowNs;
    if (this.#planned !== null) this.#planned = 0;
    this.#attempted = this.#eperm = this.#answered = 0;
    return progress;
  }
}
