import { setTimeout as sleep } from "node:timers/promises";
import type { Meter } from "../analysis/live/meter.ts";
import type { ThresholdWatch } from "../analysis/thresholds/live.ts";
import type { Clock } from "../clock.ts";
import { openDeadEnd } from "../lab/dead-end.ts";
import { answersItself, type Plan, type PlannedFill, type PlannedLoad, type PlannedPhase } from "../plan/plan.ts";
import type { Crew } from "../sender/crew.ts";
import { fillJobs, loadJobs } from "../sender/jobs.ts";
import type { RunWriter } from "../store/run-directory.ts";
import { execInLab } from "./exec.ts";
import type { Watch } from "./watch.ts";

/** Observed before the first phase and after the last, so that both show in the samples. */
const LEAD_MS = 20;
const TAIL_MS = 300;

/** What the phases of a run need: who sends, who watches, where facts go. */
interface Means {
  plan: Plan;
  clock: Clock;
  crew: Crew;
  meter: Meter;
  store: RunWriter;
  thresholds: ThresholdWatch;
  watch: Watch;
  /** Resolves when the lab's servers serve, which it starts if need be. */
  awaitServers: () => Promise<void>;
  /** Aborted when the run is to end: the phase at hand soon, and those after it are left out. */
  signal: AbortSignal;
}

/** The phases of a run, carried out one by one. */
export class Phases {
  readonly #means: Means;

  constructor(means: Means) {
    this.#means = means;
  }

  async carryOut(): Promise<void> {
    const { awaitServers, clock, crew, meter, plan, signal, store, watch } = this.#means;
    if (!answersItself(plan.phases[0])) await awaitServers();
    await this.#openStanding();
    await this.#rest(LEAD_MS);
    await watch.look();
    for (const [index, phase] of plan.phases.entries()) {
      if (signal.aborted) break;
      const { kind } = phase;
      await Promise.all([
        ...(answersItself(phase) ? [] : [awaitServers()]),
        ...(phase.kind === "load" ? [crew.loadEngine(phase), watch.beforeLoad()] : []),
      ]);
      if (signal.aborted) break;
      meter.begin(index);
      store.appendEvent({ type: "phase-start", atNs: clock.nowNs(), phase: index, kind });
      await this.#perform(index, phase);
      const looked = watch.look();
      store.appendEvent({ type: "phase-end", atNs: clock.nowNs(), phase: index, kind });
      await looked;
    }
    meter.begin(plan.phases.length);
    await sleep(TAIL_MS);
  }

  /** Connections that are to be there before anything else happens. */
  async #openStanding(): Promise<void> {
    const { awaitServers, crew, plan: { phases, target }, signal } = this.#means;
    for (const [phase, load] of phases.entries()) {
      if (load.kind !== "load" || load.opened !== "at-start") continue;
      await awaitServers();
      if (signal.aborted) return;
      await crew.prepare(loadJobs(load, { phase, target }));
    }
  }

  async #perform(index: number, phase: PlannedPhase): Promise<void> {
    switch (phase.kind) {
      case "fill":
        return this.#fill(index, phase);
      case "load":
        return this.#load(index, phase);
      case "exec": {
        const { clock, plan: { target }, signal, store } = this.#means;
        store.appendEvent(await execInLab({ ...phase, phase: index, target, clock, signal }));
        return;
      }
      case "rest":
        await this.#rest(phase.durationMs);
    }
  }

  async #fill(phase: number, fill: PlannedFill): Promise<void> {
    const { crew, plan: { target }, watch } = this.#means;
    const jobs = fillJobs(fill, { phase, target, present: watch.entries, namespace: watch.router });
    // Its threads open their sockets meanwhile.
    const opening = crew.prepare(jobs);
    const reopen = answersItself(fill) ? openDeadEnd(target) : () => {};
    await opening;
    await crew.carryOut(jobs);
    reopen();
  }

  async #load(phase: number, load: PlannedLoad): Promise<void> {
    const { clock, crew, plan: { target }, store, thresholds, watch } = this.#means;
    watch.beginLoad(phase);
    thresholds.beginLoad(clock.nowNs());
    const { startNs, endNs, histograms, cpu } = await crew.carryOut(loadJobs(load, { phase, target }));
    watch.endLoad({ phase, senders: cpu });
    const interval = { startS: startNs / 1e9, endS: endNs / 1e9 };
    for (const { latency, uncorrected, lateness } of histograms) {
      store.appendHistogram({ tag: `load-${phase}`, ...interval, encoded: latency });
      if (uncorrected !== null) store.appendHistogram({ tag: `uncorrected-${phase}`, ...interval, encoded: uncorrected });
      if (lateness !== null) store.appendHistogram({ tag: `lateness-${phase}`, ...interval, encoded: lateness });
    }
  }

  async #rest(durationMs: number): Promise<void> {
    // Cut short by `signal`, which is no failure.
    await sleep(durationMs, null, { signal: this.#means.signal }).catch(() => {});
  }
}
