import { setTimeout as sleep } from "node:timers/promises";
import { type ExitOn, holds, unknowable } from "../analysis/exit-on.ts";
import { nothingTracked } from "../analysis/nothing-tracked.ts";
import { TableMeter, type TableReading, type WatchTotals } from "../analysis/table-meter.ts";
import { type Clock, MonotonicClock, NS_PER_MS, NS_PER_S } from "../clock.ts";
import { UserError } from "../errors.ts";
import { readRuleset } from "../lab/environment.ts";
import { loadLibc } from "../libc/library.ts";
import { takeComposition } from "../observer/composition.ts";
import { Observer, type Observing } from "../observer/observer.ts";
import { ObserverProcess } from "../observer/observer-process.ts";
import { type CompositionRecord, type EventRecord } from "../store/event-records.ts";
import { SCHEMA_VERSION } from "../store/format.ts";
import type { ColumnsRecord, KernelLogRecord, KernelRecord, RunRecord } from "../store/records.ts";
import { createRunDirectory, type RunWriter } from "../store/run-directory.ts";
import { keepFacts } from "./facts.ts";
import { describeWatched, inWatched, type WatchedNamespace } from "./watched-namespace.ts";

/** A table that fills and empties between two lines is seen all the same. */
const MOST_INTERVAL_MS = 100;
/** A clock is exact for 104 days. */
const LONGEST_NS = 100 * 24 * 3600 * NS_PER_S;

type Composed = CompositionRecord | Extract<EventRecord, { type: "composition-missing" }>;

/** What a watch tells as it goes. Times of records are nanoseconds since `startedAt`. */
export interface WatchEvents {
  /** The first sample is taken; `columns` says what this kernel offers. */
  onBegin(columns: ColumnsRecord): void;
  /** As often as was asked for. */
  onReading(reading: TableReading): void;
  /** Lines of the kernel log, as many as came at once. */
  onKernelLog(records: readonly KernelLogRecord[]): void;
  onComposition(record: Composed): void;
}

export interface WatchOrder {
  watched: WatchedNamespace;
  everyMs: number;
  /** Null: until it is stopped. */
  durationMs: number | null;
  exitOn: readonly ExitOn[];
  /** Where to store it, or null. `version` is tablefull's own. */
  record: { root: string; version: string } | null;
}

export interface WatchEnd {
  totals: WatchTotals;
  /** Lines of the kernel log that say that the table is full. */
  logLines: number;
  /** Why an alarm ended it; null where none did. */
  alarm: string | null;
  /** Why nothing can have been tracked; null where that is not proven. */
  untracked: string | null;
}

/** The observer alone: one namespace's table, followed until somebody stops it, its time is over or an alarm goes off. */
export class WatchSession {
  readonly startedAt = new Date();
  readonly #originNs = process.hrtime.bigint();
  readonly #clock: Clock = new MonotonicClock(this.#originNs);
  readonly #order: WatchOrder;
  readonly #events: WatchEvents;
  readonly #meter: TableMeter;
  readonly #stop = new AbortController();
  readonly #writer: RunWriter | null;
  readonly #run: RunRecord | null;
  #failure: { error: unknown } | null = null;
  #alarm: string | null = null;
  #logLines = 0;
  #logReadable = false;
  #begun = false;
  #composing: Promise<void> = Promise.resolve();
  #composedFull = false;

  /** Makes the run directory where there is one to be. Throws UserError where it cannot be written. */
  constructor(order: WatchOrder, events: WatchEvents) {
    this.#order = order;
    this.#events = events;
    this.#meter = new TableMeter({ everyNs: order.everyMs * NS_PER_MS });
    const { everyMs, record, watched } = order;
    this.#writer = record === null ? null : keepFacts(createRunDirectory({ root: record.root, scenario: "watch", startedAt: this.startedAt }), (error) => this.#fail(error));
    this.#run = record === null || this.#writer === null ? null : {
      schemaVersion: SCHEMA_VERSION,
      id: this.#writer.id,
      state: "running",
      failure: null,
      startedAt: this.startedAt.toISOString(),
      originNs: this.#originNs.toString(),
      endedAtNs: null,
      scenarioFile: null,
      scenarioText: "",
      expect: null,
      plan: null,
      watched: { namespace: watched.name, everyMs },
      environment: describeWatched(watched, record.version),
    };
    if (this.#run !== null) this.#writer?.updateRun(this.#run);
  }

  /** Where the record is stored; null where nothing is. */
  get directory(): string | null {
    return this.#writer?.directory ?? null;
  }

  /** Lines of the kernel log that said so far that the table is full; null where the log cannot be read. */
  get tableFullLines(): number | null {
    return this.#logReadable ? this.#logLines : null;
  }

  /** Watches until `signal` aborts or one of the order's ends comes. Throws UserError where there is no table to watch. */
  async watch(signal: AbortSignal): Promise<WatchEnd> {
    const { durationMs, everyMs } = this.#order;
    this.#writer?.appendEvent({ type: "phase-start", atNs: this.#clock.nowNs(), phase: 0, kind: "watch" });
    const observer = this.#observe();
    // Not AbortSignal.any over AbortSignal.timeout: nothing keeps such a signal, and once it is collected it never aborts.
    const stop = (): void => this.#stop.abort();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    const timer = durationMs === null ? undefined : setTimeout(stop, durationMs);
    try {
      await observer.ready();
      await this.#report(everyMs);
      await this.#conclude();
    } catch (error) {
      this.#fail(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      await observer.end();
    }
    this.#writer?.appendEvent({ type: "phase-end", atNs: this.#clock.nowNs(), phase: 0, kind: "watch" });
    this.#close();
    const totals = this.#meter.totals();
    if (this.#failure !== null || totals === null) throw this.#failure?.error ?? new Error("the observer took no sample");
    return { totals, logLines: this.#logLines, alarm: this.#alarm, untracked: this.#untracked(totals) };
  }

  /** Counts who fills the table now; told by `onComposition`, and stored. One at a time: while one is on its way nothing new begins. */
  compose(moment: CompositionRecord["moment"] = "demand"): Promise<void> {
    this.#composing = this.#composing.then(() => this.#compose(moment)).catch((error: unknown) => this.#fail(error));
    return this.#composing;
  }

  async #compose(moment: CompositionRecord["moment"]): Promise<void> {
    const { file, pid } = this.#order.watched;
    const taken: Composed = pid === undefined
      ? await takeComposition({ clock: this.#clock, libc: loadLibc(), moment, namespace: file })
      : { type: "composition-missing", atNs: this.#clock.nowNs(), moment, why: "needs root (CAP_SYS_ADMIN and CAP_NET_ADMIN in that network namespace)" };
    this.#writer?.appendEvent(taken);
    this.#events.onComposition(taken);
  }

  #untracked(totals: WatchTotals): string | null {
    if (totals.peak !== 0) return null;
    const ruleset = this.#run === null ? inWatched(this.#order.watched, readRuleset) : this.#run.environment.ruleset;
    return nothingTracked({ ...totals, ruleset })?.why ?? null;
  }

  #observe(): Observing {
    const { everyMs, watched: { file, pid } } = this.#order;
    const how = {
      originNs: this.#originNs,
      intervalNs: Math.min(everyMs, MOST_INTERVAL_MS) * NS_PER_MS,
      handOverNs: 0,
      netEveryNs: 0,
      namespace: file,
      pid,
      longestNs: LONGEST_NS,
      kernelLog: true,
      router: null,
      onRecords: (records: KernelRecord[]) => this.#onRecords(records),
      onCrash: (error: unknown) => this.#fail(error),
    };
    return file !== null && loadLibc() === null ? new ObserverProcess({ ...how, namespace: file }) : new Observer(how);
  }

  #onRecords(records: KernelRecord[]): void {
    this.#writer?.appendKernel(records);
    this.#meter.add(records);
    const totals = this.#meter.totals();
    if (totals === null) return;
    if (!this.#begun) this.#begin(records, totals);
    const logged = records.filter((record) => record.type === "kernel-log");
    this.#logLines += logged.filter(({ kind }) => kind === "table-full").length;
    if (logged.length > 0) this.#events.onKernelLog(logged);
    if (this.#stop.signal.aborted) return;
    if (this.#writer !== null && !this.#composedFull && (totals.peakShare ?? 0) >= 1) {
      this.#composedFull = true;
      void this.compose("onset");
    }
    const alarm = this.#order.exitOn.map((condition) => holds(condition, totals)).find((text) => text !== null) ?? null;
    if (alarm === null) return;
    this.#alarm = alarm;
    this.#writer?.appendEvent({ type: "stopped", atNs: this.#clock.nowNs(), why: alarm });
    this.#stop.abort();
  }

  #begin(records: readonly KernelRecord[], totals: WatchTotals): void {
    this.#begun = true;
    if (totals.entries === null) {
      this.#fail(new UserError(`no table to watch: nf_conntrack is not loaded, or not to be seen, in ${this.#order.watched.name} (modprobe nf_conntrack); another namespace: --netns NAME or --pid PID`));
      return;
    }
    for (const condition of this.#order.exitOn) {
      const missing = unknowable(condition, totals);
      if (missing !== null) this.#fail(new UserError(`--exit-on: nobody can tell here whether it holds: ${missing} cannot be read`));
    }
    const columns = records.find((record) => record.type === "columns");
    this.#logReadable = columns?.kernelLog === "readable";
    if (columns !== undefined) this.#events.onBegin(columns);
  }

  /** A reading each `everyMs`, on an absolute schedule, until the end. */
  async #report(everyMs: number): Promise<void> {
    const until = this.#stop.signal;
    const startNs = this.#clock.nowNs();
    for (let n = 1; !until.aborted; n += 1) {
      const dueMs = (startNs - this.#clock.nowNs()) / NS_PER_MS + n * everyMs;
      // Cut short by the end, which is no failure.
      await sleep(Math.max(0, dueMs), null, { signal: until }).catch(() => {});
      if (until.aborted) break;
      const reading = this.#meter.take();
      if (reading !== null) this.#events.onReading(reading);
    }
  }

  async #conclude(): Promise<void> {
    if (this.#writer !== null && this.#failure === null) await this.compose("end");
    await this.#composing;
  }

  /** The first error ends the watch. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort();
  }

  #close(): void {
    if (this.#writer === null || this.#run === null) return;
    this.#writer.close();
    const failure = this.#failure === null ? null : this.#failure.error instanceof Error ? this.#failure.error.message : String(this.#failure.error);
    const { environment } = this.#run;
    try {
      this.#writer.updateRun({ ...this.#run, state: failure === null ? "finished" : "failed", failure, endedAtNs: this.#clock.nowNs(), environment });
    } catch (error) {
      this.#fail(error);
    }
  }
}
