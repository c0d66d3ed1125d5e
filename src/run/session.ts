import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { Meter } from "../analysis/live/meter.ts";
import { ThresholdWatch } from "../analysis/thresholds/live.ts";
import { type Clock, MonotonicClock, NS_PER_MS } from "../clock.ts";
import { openDeadEnd } from "../lab/dead-end.ts";
import { readEnvironment, readSysctls, readVersions } from "../lab/environment.ts";
import type { RunningServer } from "../lab/resolvers/resolver.ts";
import { SentCounter } from "../lab/sent-counter.ts";
import { proveTunings } from "../lab/tuning-proof.ts";
import { type AppliedTuning, applyTunings } from "../lab/tunings.ts";
import type { Plan, PlannedPhase } from "../plan/plan.ts";
import { Crew } from "../sender/crew.ts";
import { fillJobs, loadJobs } from "../sender/jobs.ts";
import { SCHEMA_VERSION } from "../store/format.ts";
import type { RunRecord, SenderRecord } from "../store/records.ts";
import { createRunDirectory, type RunWriter } from "../store/run-directory.ts";
import { execInLab } from "./exec.ts";
import { keepFacts } from "./facts.ts";
import type { LabOrder, RunEndState } from "./lab-protocol.ts";
import { answersItself, type RaisedLab } from "./raise-lab.ts";
import { Watch } from "./watch.ts";

/** Observed before the first phase and after the last, so that both show in the samples. */
const LEAD_MS = 20;
const TAIL_MS = 300;

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

/** One run, inside its lab: carries out the phases one by one, appends the facts as they happen. */
export class Session {
  readonly meter: Meter;
  readonly #order: LabOrder;
  readonly #plan: Plan;
  readonly #raised: RaisedLab;
  readonly #threads: WaitingThreads;
  /** Null until they serve. */
  #servers: readonly RunningServer[] | null = null;
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
      this.#servers?.forEach((server) => server.stop());
    }
  }

  async #watchPhases(watch: Watch, { applied, ruleset }: Prepared): Promise<void> {
    await watch.begin(ruleset);
    if (applied.length > 0) await this.#awaitServers();
    for (const { name, changes, effect } of await proveTunings(applied, { target: this.#plan.target, lab: this.#raised.lab })) {
      this.#store.appendEvent({ type: "tuned", atNs: this.#clock.nowNs(), tuning: name, changes, effect });
    }
    await this.#carryOutPhases(watch);
    await watch.conclude();
  }

  async #awaitServers(): Promise<void> {
    if (this.#servers !== null) return;
    this.#servers = await this.#raised.serve();
    for (const { name: server, died } of this.#servers) {
      void died.then((why) => this.#store.appendEvent({ type: "server-died", atNs: this.#clock.nowNs(), server, why }));
    }
  }

  async #carryOutPhases(watch: Watch): Promise<void> {
    const { topology, resolver } = this.#plan.scenario.lab;
    this.#store.appendEvent({ type: "lab-ready", atNs: this.#clock.nowNs(), topology, resolver: topology === "host" ? "none" : resolver });
    if (!answersItself(this.#plan.phases[0])) await this.#awaitServers();
    await this.#openStanding();
    await this.#rest(LEAD_MS);
    await watch.look();
    for (const [index, phase] of this.#plan.phases.entries()) {
      if (this.#abort.signal.aborted) break;
      const { kind } = phase;
      await Promise.all([
        ...(answersItself(phase) ? [] : [this.#awaitServers()]),
        ...(phase.kind === "load" ? [this.#crew.loadEngine(phase), watch.beforeLoad()] : []),
      ]);
      if (this.#abort.signal.aborted) break;
      this.meter.begin(index);
      this.#store.appendEvent({ type: "phase-start", atNs: this.#clock.nowNs(), phase: index, kind });
      await this.#perform(index, phase, watch);
      const looked = watch.look();
      this.#store.appendEvent({ type: "phase-end", atNs: this.#clock.nowNs(), phase: index, kind });
      await looked;
    }
    this.meter.begin(this.#plan.phases.length);
    await sleep(TAIL_MS);
  }

  /** Connections that are to be there before anything else happens. */
  async #openStanding(): Promise<void> {
    for (const [phase, load] of this.#plan.phases.entries()) {
      if (load.kind !== "load" || load.opened !== "at-start") continue;
      await this.#awaitServers();
      if (this.#abort.signal.aborted) return;
      await this.#crew.prepare(loadJobs(load, { phase, target: this.#plan.target }));
    }
  }

  async #perform(index: number, phase: PlannedPhase, watch: Watch): Promise<void> {
    const where = { phase: index, target: this.#plan.target };
    switch (phase.kind) {
      case "fill": {
        const jobs = fillJobs(phase, { ...where, present: watch.entries, namespace: watch.router });
        // Its threads open their sockets meanwhile.
        const opening = this.#crew.prepare(jobs);
        const reopen = answersItself(phase) ? openDeadEnd(this.#plan.target) : () => {};
        await opening;
        await this.#crew.carryOut(jobs);
        reopen();
        return;
      }
      case "load": {
        watch.beginLoad(index);
        this.#thresholds.beginLoad(this.#clock.nowNs());
        const { startNs, endNs, histograms, cpu } = await this.#crew.carryOut(loadJobs(phase, where));
        watch.endLoad({ phase: index, senders: cpu });
        const interval = { startS: startNs / 1e9, endS: endNs / 1e9 };
        for (const { latency, uncorrected, lateness } of histograms) {
          this.#store.appendHistogram({ tag: `load-${index}`, ...interval, encoded: latency });
          if (uncorrected !== null) this.#store.appendHistogram({ tag: `uncorrected-${index}`, ...interval, encoded: uncorrected });
          if (lateness !== null) this.#store.appendHistogram({ tag: `lateness-${index}`, ...interval, encoded: lateness });
        }
        return;
      }
      case "exec":
        this.#store.appendEvent(await execInLab({ ...phase, ...where, clock: this.#clock, signal: this.#abort.signal }));
        return;
      case "rest":
        await this.#rest(phase.durationMs);
    }
  }

  async #rest(durationMs: number): Promise<void> {
    // Cut short by `stop`, which is no failure.
    await sleep(durationMs, null, { signal: this.#abort.signal }).catch(() => {});
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
