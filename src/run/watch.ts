import type { Worker } from "node:worker_threads";
import type { Meter } from "../analysis/live/meter.ts";
import { DRAIN_MS } from "../analysis/windows.ts";
import { type Clock, NS_PER_MS, NS_PER_S } from "../clock.ts";
import type { CpuTime, HostCpuTime } from "../kernel/cpu-time.ts";
import { dropRules } from "../kernel/nft-ruleset.ts";
import { readRuleset } from "../lab/environment.ts";
import type { SentCounter } from "../lab/sent-counter.ts";
import { loadLibc } from "../libc/library.ts";
import { takeComposition } from "../observer/composition.ts";
import { readHostCpuTime } from "../observer/host-cpu.ts";
import { Observer, type Observing } from "../observer/observer.ts";
import { ObserverProcess } from "../observer/observer-process.ts";
import type { CompositionRecord, DropRulesRecord, SentCounterRecord } from "../store/event-records.ts";
import type { KernelRecord, SenderRecord } from "../store/records.ts";
import type { RunWriter } from "../store/run-directory.ts";

/** Soon enough for a person who looks on, and for a threshold that ends the run. */
const HAND_OVER_NS = 200 * NS_PER_MS;
/** A last look at what a load drains into is taken this long before that is over, as it may come late. */
const BEFORE_END_MS = 10;

/**
 * All that is watched during a run, stored as it comes: the client's kernel, the router's where there is one, who fills
 * the table before the first load, at onset and at the end, what the rules that drop have counted, and how many packets left.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #store: RunWriter;
  readonly #meter: Meter;
  /** The router's network namespace, whose table it then is, as a file that setns takes. */
  readonly router: string | null;
  readonly #observers: Observing[];
  readonly #sentCounter: SentCounter;
  #loading = false;
  #rulesListed = false;
  #ruleset: string | null = null;
  #entries = 0;
  #composed = false;
  #onset: Promise<void> | null = null;
  #hostCpu: HostCpuTime | null = null;

  /** `onKernel`: records of the client's kernel. `onCrash`: an observer ended with an error. `store` must not throw: it is also written to in callbacks. */
  constructor({ clock, originNs, intervalNs, store, meter, router, sentCounter, thread, onKernel, onCrash }: {
    clock: Clock;
    originNs: bigint;
    intervalNs: number;
    store: RunWriter;
    meter: Meter;
    router: string | null;
    sentCounter: SentCounter;
    /** Started for the client's observer. */
    thread: Worker;
    onKernel: (records: readonly KernelRecord[]) => void;
    onCrash: (error: unknown) => void;
  }) {
    this.#clock = clock;
    this.#store = store;
    this.#meter = meter;
    this.router = router;
    this.#sentCounter = sentCounter;
    const what = { originNs, intervalNs, handOverNs: HAND_OVER_NS, netEveryNs: NS_PER_S, router, onCrash };
    const onClient = (records: KernelRecord[]): void => {
      store.appendKernel(records);
      onKernel(records);
      meter.addLog(records);
      if (router === null) this.#follow(records);
    };
    const onRouter = (records: KernelRecord[]): void => {
      store.appendRouter(records);
      this.#follow(records);
    };
    this.#observers = [
      new Observer({ ...what, thread, namespace: null, kernelLog: true, onRecords: onClient }),
      ...(router === null ? [] : [new (loadLibc() === null ? ObserverProcess : Observer)({ ...what, namespace: router, kernelLog: false, onRecords: onRouter })]),
    ];
  }

  /** Adds the counter, and resolves when what happens from now on is seen. `ruleset`: the rules that were there before. */
  async begin(ruleset: string | null): Promise<void> {
    this.#ruleset = ruleset;
    this.#sentCounter.install();
    await Promise.all(this.#observers.map((observer) => observer.ready()));
  }

  /** Entries that the table in question holds: the router's where there is one. */
  get entries(): number {
    return this.#entries;
  }

  /** Looks once at who fills the table; before the load, so that its time is not the load's. */
  async beforeLoad(): Promise<void> {
    if (this.#composed) return;
    this.#composed = true;
    await this.#compose("start");
  }

  beginLoad(phase: number): void {
    const ruleset = readRuleset();
    if (!this.#rulesListed) this.#storeDropRules(ruleset, "start");
    this.#rulesListed = true;
    // A program of the scenario's own can have changed it since.
    if (ruleset !== null && withoutCounts(ruleset) !== withoutCounts(this.#ruleset ?? "")) {
      this.#store.appendEvent({ type: "ruleset", atNs: this.#clock.nowNs(), text: ruleset });
      this.#ruleset = ruleset;
    }
    this.#loading = true;
    this.#readSentCounter(phase, "start");
    this.#hostCpu = readHostCpuTime();
  }

  /** Has all counters taken between two phases, and resolves when they are stored: `entries` is then of now. */
  async look(): Promise<void> {
    await Promise.all(this.#observers.map((observer) => observer.look()));
  }

  /** `senders`: the CPU time of the sender threads over the load. */
  endLoad({ phase, senders }: { phase: number; senders: CpuTime | null }): void {
    this.#loading = false;
    const before = this.#hostCpu;
    const now = readHostCpuTime();
    const host = before === null || now === null ? null : { systemNs: now.systemNs - before.systemNs, softirqNs: now.softirqNs - before.softirqNs };
    this.#store.appendEvent({ type: "load-cpu", atNs: this.#clock.nowNs(), phase, senders, host });
    this.#readSentCounter(phase, "end");
    setTimeout(() => void this.look(), DRAIN_MS - BEFORE_END_MS);
  }

  /** What the senders report may be the onset. */
  onSenders(records: SenderRecord[]): void {
    if (this.#loading && records.some((record) => record.type === "failure" && record.errno === "EPERM")) this.#composeOnset();
  }

  /** Takes the last looks; what happens afterwards is not seen. */
  async conclude(): Promise<void> {
    if (this.#rulesListed) this.#storeDropRules(readRuleset(), "end");
    await this.#onset;
    await this.#compose("end");
  }

  /** Ends the observers; every record is stored when it resolves. Never rejects: a crash was told by `onCrash`. */
  async end(): Promise<void> {
    await Promise.all(this.#observers.map((observer) => observer.end()));
  }

  #follow(records: KernelRecord[]): void {
    this.#meter.addTable(records);
    for (const record of records) {
      if (record.type !== "sample" || record.count === null || record.max === null) continue;
      this.#entries = record.count;
      // A full table is an onset too: with entries to evict nobody sees EPERM.
      if (this.#loading && record.count >= record.max) this.#composeOnset();
    }
  }

  #composeOnset(): void {
    this.#onset ??= this.#compose("onset");
  }

  async #compose(moment: CompositionRecord["moment"]): Promise<void> {
    const how = { clock: this.#clock, libc: loadLibc(), moment };
    this.#store.appendEvent(await takeComposition({ ...how, namespace: null }));
    if (this.router === null) return;
    const taken = await takeComposition({ ...how, namespace: this.router });
    this.#store.appendEvent(taken.type === "composition" ? { ...taken, host: "router" } : taken);
  }

  #readSentCounter(phase: number, moment: SentCounterRecord["moment"]): void {
    this.#store.appendEvent({ type: "sent-counter", atNs: this.#clock.nowNs(), phase, moment, ...this.#sentCounter.read() });
  }

  #storeDropRules(ruleset: string | null, moment: DropRulesRecord["moment"]): void {
    if (ruleset !== null) this.#store.appendEvent({ type: "drop-rules", atNs: this.#clock.nowNs(), moment, rules: dropRules(ruleset) });
  }
}

function withoutCounts(ruleset: string): string {
  return ruleset.replaceAll(/counter packets \d+ bytes \d+/g, "counter");
}
