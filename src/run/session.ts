import type { Worker } from "node:worker_threads";
import { Meter } from "../analysis/live/meter.ts";
import { ThresholdWatch } from "../analysis/thresholds/live.ts";
import { type Clock, MonotonicClock, NS_PER_MS } from "../clock.ts";
import { readEnvironment, readSysctls, readVersions } from "../lab/environment.ts";
import { SentCounter } from "../lab/sent-counter.ts";
import { proveTunings } from "../lab/tuning-proof.ts";
import { type AppliedTuning, applyTunings } from "../lab/tunings.ts";
import type { Plan } from "../plan/plan.ts";
import { Crew } from "../sender/crew.ts";
import { SCHEMA_VERSION } from "../store/format.ts";
import type { RunRecord, SenderRecord } from "../store/records.ts";
import { createRunDirectory, type RunWriter } from "../store/run-directory.ts";
import { keepFacts } from "./facts.ts";
import type { LabOrder, RunEndState } from "./lab-protocol.ts";
import { Phases } from "./phases.ts";
import type { RaisedLab } from "./raise-lab.ts";
import { Watch } from "./watch.ts";

/** Threads that were started for a session. */
export interface WaitingThreads {
  senders: readonly Worker[];
  observer: Worker;
}

/** What was done in the lab before it is observed: the tunings, and the rules that there are since then. */
interface Prepared {
  applied: readonly AppliedTuning[];
  ruleset: string | null;
}

/** One run, inside its lab, from its first record to its last: has it observed and its phases carried out, and ends it, well or not. */
export class Session {
  readonly meter: Meter;
  readonly #order: LabOrder;
  readonly #plan: Plan;
  readonly #raised: RaisedLab;
  readonly #threads: WaitingThreads;
  #serving: Promise<void> | null = null;
  readonly #originNs = process.hrtime.bigint();
  readonly #startedAt = new Date();
  readonly #clock: Clock = new MonotonicClock(this.#originNs);
  readonly #abort = new AbortController();
  readonly #crew: Crew;
  /** Rejects with the first error, wherever it came from: a phase, a thread's crash, a full disk. */
  readonly #broken: Promise<never>;
  #reject: (error: unknown) => void = () => {};
  #failure: { error: unknown } | null = null;
  #writer: RunWriter | null = null;
  #watch: Watch | null = null;
  #stoppedAs: Exclude<RunEndState, "finished"> = "interrupted";
  readonly #thresholds: ThresholdWatch;

  constructor(order: LabOrder, { raised, threads }: { raised: RaisedLab; threads: WaitingThreads }) {
    this.#order = order;
    this.#raised = raised;
    this.#threads = threads;
    this.#plan = order.plan;
    this.#thresholds = new ThresholdWatch(order.plan.scenario.thresholds);
    this.#broken = new Promise((_, reject) => (this.#reject = reject));
    this.#broken.catch(() => {});
    this.meter = new Meter({ clock: this.#clock, phases: order.plan.phases });
    this.#crew = new Crew({
      threads: Math.max(1, ...this.#plan.phases.map((phase) => ("threads" in phase ? phase.threads : 0))),
      waiting: threads.senders,
      originNs: this.#originNs,
      clock: this.#clock,
      events: {
        onRecords: (records) => this.#onSenders(records),
        onFilled: (event) => this.#store.appendEvent(event),
        onCrash: (error) => this.#fail(error),
      },
    });
  }

  /** Ends the current phase soon and leaves out those after it. */
  stop(why: string, state: Exclude<RunEndState, "finished"> = "interrupted"): void {
    if (this.#abort.signal.aborted) return;
    this.#stoppedAs = state;
    this.#writer?.appendEvent({ type: "stopped", atNs: this.#clock.nowNs(), why });
    this.#abort.abort();
    this.#crew.stop();
  }

  /** The first error ends the run; those that follow from it are not told. */
  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#abort.abort();
    this.#crew.stop();
    this.#reject(error);
  }

  /**
   * Carries the run out. `onStored` is called as soon as there is a run directory. Throws UserError when a server of the lab does
   * not start or the facts cannot be stored, and a thread's own error when one crashed; the stored run then says `failed`.
   */
  async carryOut(onStored: (directory: string) => void): Promise<RunEndState> {
    const applied = applyTunings(this.#plan, this.#raised.lab);
    const { privilege, results: root, version } = this.#order;
    const directory = createRunDirectory({ root, scenario: this.#plan.scenario.name, startedAt: this.#startedAt });
    const writer = keepFacts(directory, (error) => this.#fail(error));
    this.#writer = writer;
    // Its threads start while the servers do and the machine is looked at.
    const watch = this.#openWatch(writer);
    const environment = readEnvironment({ privilege, version });
    const run = this.#firstRecord(environment);
    writer.updateRun(run);
    onStored(writer.directory);
    try {
      await this.#observe(watch, { applied, ruleset: environment.ruleset });
    } catch (error) {
      this.#fail(error);
    }
    await this.#crew.dismiss();
    writer.close();
    const ended = this.#abort.signal.aborted ? this.#stoppedAs : "finished";
    const last = { ...run, endedAtNs: this.#clock.nowNs(), environment: { ...environment, sysctlsAfter: readSysctls(), versions: readVersions() } };
    try {
      writer.updateRun({ ...last, ...this.#outcome(ended) });
    } catch (error) {
      this.#fail(error);
    }
    if (this.#failure !== null) throw this.#failure.error;
    return ended;
  }

  #outcome(ended: RunEndState): Pick<RunRecord, "state" | "failure"> {
    if (this.#failure === null) return { state: ended, failure: null };
    const { error } = this.#failure;
    return { state: "failed", failure: error instanceof Error ? error.message : String(error) };
  }

  #openWatch(store: RunWriter): Watch {
    const { lab } = this.#raised;
    return new Watch({
      clock: this.#clock,
      originNs: this.#originNs,
      intervalNs: this.#plan.scenario.observe.everyMs * NS_PER_MS,
      store,
      meter: this.meter,
      router: lab.router,
      thread: this.#threads.observer,
      sentCounter: new SentCounter({ devices: lab.devices, target: this.#plan.target }),
      onKernel: (records) => this.#stopIf(this.#thresholds.addKernel(records)),
      onCrash: (error) => this.#fail(error),
    });
  }

  async #observe(watch: Watch, prepared: Prepared): Promise<void> {
    this.#watch = watch;
    try {
      await Promise.race([this.#broken, this.#watchPhases(watch, prepared)]);
    } catch (error) {
      // Before the rest is taken down: what follows from that must not look like the cause.
      this.#fail(error);
    } finally {
      this.#watch = null;
      await watch.end();
      this.#raised.servers.stop();
    }
  }

  async #watchPhases(watch: Watch, { applied, ruleset }: Prepared): Promise<void> {
    await watch.begin(ruleset);
    if (applied.length > 0) await this.#awaitServers();
    for (const { name, changes, effect } of await proveTunings(applied, { target: this.#plan.target, lab: this.#raised.lab })) {
      this.#store.appendEvent({ type: "tuned", atNs: this.#clock.nowNs(), tuning: name, changes, effect });
    }
    const { topology, resolver } = this.#plan.scenario.lab;
    this.#store.appendEvent({ type: "lab-ready", atNs: this.#clock.nowNs(), topology, resolver: topology === "host" ? "none" : resolver });
    await new Phases({
      plan: this.#plan,
      clock: this.#clock,
      crew: this.#crew,
      meter: this.meter,
      store: this.#store,
      thresholds: this.#thresholds,
      watch,
      awaitServers: () => this.#awaitServers(),
      signal: this.#abort.signal,
    }).carryOut();
    await watch.conclude();
  }

  #awaitServers(): Promise<void> {
    return (this.#serving ??= this.#followServers());
  }

  async #followServers(): Promise<void> {
    for (const { name: server, died } of await this.#raised.servers.serve()) {
      void died.then((why) => this.#store.appendEvent({ type: "server-died", atNs: this.#clock.nowNs(), server, why }));
    }
  }

  #onSenders(records: SenderRecord[]): void {
    this.#store.appendSender(records);
    this.meter.addSenders(records);
    this.#watch?.onSenders(records);
    this.#stopIf(this.#thresholds.addSenders(records));
  }

  #stopIf(crossed: string | null): void {
    if (crossed !== null) this.stop(crossed, "stopped");
  }

  get #store(): RunWriter {
    if (this.#writer === null) throw new Error("nothing can be stored before the run directory is made");
    return this.#writer;
  }

  #firstRecord(environment: RunRecord["environment"]): RunRecord {
    const { plan, scenario } = this.#order;
    return {
      schemaVersion: SCHEMA_VERSION,
      id: this.#store.id,
      state: "running",
      failure: null,
      startedAt: this.#startedAt.toISOString(),
      originNs: this.#originNs.toString(),
      endedAtNs: null,
      scenarioFile: scenario.file,
      scenarioText: scenario.text,
      expect: plan.scenario.expect,
      plan,
      environment,
    };
  }
}
