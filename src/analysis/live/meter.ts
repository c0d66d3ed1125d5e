import { type Clock, NS_PER_MS } from "../../clock.ts";
import type { PlannedPhase } from "../../plan/plan.ts";
import type { KernelRecord, SenderRecord } from "../../store/records.ts";
import { epermOf, LastSamples, LastTicks } from "./last-second.ts";
import type { Progress } from "./progress.ts";
import { durationOf, timeLeft } from "./time-left.ts";

/** Adds up the records that pass by, so that a person can watch. Nothing here is stored. */
export class Meter {
  readonly #clock: Clock;
  readonly #phases: readonly PlannedPhase[];
  readonly #ticks = new LastTicks();
  readonly #samples = new LastSamples();
  #phase = -1;
  #startNs = 0;
  #attempted = 0;
  #eperm = 0;
  /** Queries of this phase: tries beyond a query's first are none. */
  #queries = 0;
  #kernelLine: Progress["kernelLine"] = null;
  #kernelLog: string | null = null;

  constructor({ clock, phases }: { clock: Clock; phases: readonly PlannedPhase[] }) {
    this.#clock = clock;
    this.#phases = phases;
  }

  /** The phase of this index begins; behind the last one it is the end. */
  begin(phase: number): void {
    this.#phase = phase;
    this.#startNs = this.#clock.nowNs();
    this.#queries = 0;
    this.#ticks.clear();
  }

  addSenders(records: readonly SenderRecord[]): void {
    for (const record of records) {
      if (record.type !== "tick") continue;
      this.#ticks.add(record);
      this.#attempted += record.attempted;
      this.#eperm += epermOf(record);
      this.#queries += record.attempted - (record.retries ?? 0);
    }
  }

  /** Records of the table that fills. */
  addTable(records: readonly KernelRecord[]): void {
    for (const record of records) {
      if (record.type === "sample") this.#samples.add(record);
      else if (record.type === "columns") this.#samples.setColumns(record.stat);
    }
  }

  /** Records of whoever reads the kernel log. */
  addLog(records: readonly KernelRecord[]): void {
    for (const record of records) {
      // Lines that were suppressed may have been about anything.
      if (record.type === "kernel-log" && record.kind === "table-full") this.#kernelLine = { text: record.line, atMs: record.atNs / NS_PER_MS };
      else if (record.type === "columns") this.#kernelLog = record.kernelLog;
    }
  }

  /** What to show now. */
  take(): Progress {
    const nowNs = this.#clock.nowNs();
    const phase = this.#phases[this.#phase];
    const elapsedMs = (nowNs - this.#startNs) / NS_PER_MS;
    const table = this.#samples.rates();
    const senders = this.#ticks.rates(nowNs);
    return {
      atMs: nowNs / NS_PER_MS,
      phase: Math.min(Math.max(0, this.#phase), this.#phases.length - 1),
      phases: this.#phases.length,
      kind: phase?.kind ?? (this.#phase < 0 ? "lab" : "end"),
      elapsedMs,
      plannedMs: phase === undefined ? null : durationOf(phase),
      left: timeLeft(this.#phases, this.#phase, { ...table, ...senders, elapsedMs, attempted: this.#queries }),
      ...table,
      ...senders,
      attempted: this.#attempted,
      eperm: this.#eperm,
      threads: phase !== undefined && "threads" in phase ? phase.threads : null,
      kernelLine: this.#kernelLine,
      kernelLog: this.#kernelLog,
    };
  }
}
