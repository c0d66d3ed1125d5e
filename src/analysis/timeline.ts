import type { CompositionRecord, DropRulesRecord, EventRecord, LoadCpuRecord, SentCounterRecord, TunedRecord } from "../store/event-records.ts";
import type { ColumnsRecord, KernelRecord, StoredSenderRecord } from "../store/records.ts";
import { BinFold } from "./bin-fold.ts";
import type { Bin } from "./bins.ts";
import { withKernelBins } from "./kernel-bins.ts";
import type { KernelLog, KernelPart } from "./kernel-fold.ts";
import { endOf, PhaseFold } from "./phases.ts";
import type { PhaseTotals } from "./phases.ts";
import { SampleFold } from "./samples.ts";
import type { SampleSeries } from "./samples.ts";

type Filled = Omit<Extract<EventRecord, { type: "filled" }>, "type" | "repaired">;
/** How a program of an `exec` phase ended; `atNs` is its end. */
export type Program = Omit<Extract<EventRecord, { type: "exec" }>, "type">;

/** Bins of a load's own; with more of them a page of many runs grows too large to send. */
export const MOST_LOAD_BINS = 512;

/** A run's facts folded to what analysis and reports need. All times are nanoseconds since the run's origin. */
export interface Timeline {
  /** Width of a bin; bin `i` covers [i * binNs, (i + 1) * binNs). */
  binNs: number;
  bins: Bin[];
  /**
   * What the senders did on a grid that begins with their first load, coarser where it is long: runs can be laid over each other by it. Null
   * where that is not wanted: it takes a tenth of the time that a run of an hour takes.
   */
  loadBins: { startNs: number; binNs: number; bins: Bin[] } | null;
  /** In the order of the plan; phases that never began are left out. */
  phases: PhaseTotals[];
  samples: SampleSeries;
  columns: ColumnsRecord | null;
  /** Who filled the client's table. */
  compositions: CompositionRecord[];
  /** Who filled the router's. */
  routerCompositions: CompositionRecord[];
  compositionsMissing: { moment: string; why: string }[];
  kernelLog: KernelLog;
  stopped: string[];
  /** The nft rules that drop in the client's namespace, as often as they were listed. */
  dropRules: DropRulesRecord[];
  /** The whole ruleset as a program of the scenario's own left it; null where none changed it. */
  ruleset: string | null;
  /** What fills did, one for each thread of each fill. */
  filled: Filled[];
  /** Servers of the lab that ended before the run did. */
  serversDied: { atNs: number; server: string; why: string }[];
  /** Programs of the scenario's own, as they ended. */
  programs: Program[];
  /** CPU time of the load phases, one record each. */
  loadCpu: LoadCpuRecord[];
  /** Packets that had left the client's devices, before and after each load. */
  sentCounter: SentCounterRecord[];
  /** Tunings as they were carried out. */
  tunings: TunedRecord[];
  /** What the router's namespace saw; null where there was no router. */
  router: SampleSeries | null;
  /** The last instant that any fact speaks of. */
  endNs: number;
}

/** Folds the records of a run, but the client's kernel's. Records of one kind come in the order of their file; the kinds may come in any order. */
export class TimelineFold {
  readonly #kinds: readonly string[];
  readonly #bins = new BinFold();
  readonly #loadBins: BinFold | null;
  readonly #phases = new Map<number, PhaseFold>();
  readonly #compositions: CompositionRecord[] = [];
  readonly #routerCompositions: CompositionRecord[] = [];
  readonly #compositionsMissing: { moment: string; why: string }[] = [];
  readonly #stopped: string[] = [];
  readonly #dropRules: DropRulesRecord[] = [];
  #ruleset: string | null = null;
  readonly #filled: Timeline["filled"] = [];
  readonly #serversDied: Timeline["serversDied"] = [];
  readonly #programs: Program[] = [];
  readonly #loadCpu: LoadCpuRecord[] = [];
  readonly #sentCounter: SentCounterRecord[] = [];
  readonly #tunings: TunedRecord[] = [];
  #router: SampleFold | null = null;
  #endNs = 0;

  /** `kinds`: the kind of every planned phase, for phases whose start was not recorded. `overlaid`: with bins of the load's own. */
  constructor(kinds: readonly string[], { overlaid = false }: { overlaid?: boolean } = {}) {
    this.#kinds = kinds;
    this.#loadBins = overlaid ? new BinFold({ originNs: null, most: MOST_LOAD_BINS }) : null;
  }

  addSender(record: StoredSenderRecord): void {
    this.#reach(record.atNs);
    const phase = this.#phase(record.phase);
    if (record.type === "failure") {
      phase.addFailure(record);
      this.#bins.addFailure(record);
      this.#loadBins?.addFailure(record);
      return;
    }
    phase.addTick(record);
    this.#bins.addTick(record, phase.totals);
    if (phase.totals.kind === "load") this.#loadBins?.addTick(record, phase.totals);
  }

  /** A record of the router's namespace. */
  addRouter(record: KernelRecord): void {
    this.#router ??= new SampleFold();
    if (record.type === "sample") this.#router.add(record);
    if (record.type === "columns") this.#router.addColumns(record);
  }

  addEvent(record: EventRecord): void {
    this.#reach(record.atNs);
    switch (record.type) {
      case "phase-start": {
        const { totals } = this.#phase(record.phase);
        totals.kind = record.kind;
        totals.startNs = record.atNs;
        break;
      }
      case "phase-end":
        this.#phase(record.phase).totals.endNs = record.atNs;
        break;
      case "composition":
        (record.host === "router" ? this.#routerCompositions : this.#compositions).push(record);
        break;
      case "drop-rules":
        this.#dropRules.push(record);
        break;
      case "ruleset":
        this.#ruleset = record.text;
        break;
      case "composition-missing":
        this.#compositionsMissing.push({ moment: record.moment, why: record.why });
        break;
      case "stopped":
        this.#stopped.push(record.why);
        break;
      case "filled":
        this.#filled.push(record);
        break;
      case "server-died":
        this.#serversDied.push({ atNs: record.atNs, server: record.server, why: record.why });
        break;
      case "exec":
        this.#programs.push(record);
        break;
      case "sent-counter":
        this.#sentCounter.push(record);
        break;
      case "load-cpu":
        this.#loadCpu.push(record);
        break;
      case "tuned":
        this.#tunings.push(record);
        break;
      case "lab-ready":
        break;
    }
  }

  /** `kernel`: what the client's kernel told, folded apart, as it takes as long as all the rest. */
  finish({ samples, columns, log: kernelLog, bins: kernelBins, endNs: kernelEndNs }: KernelPart): Timeline {
    const phases = [...this.#phases.values()].map((fold) => fold.finish()).sort((a, b) => a.phase - b.phase);
    const endNs = Math.max(this.#endNs, kernelEndNs);
    const { binNs, bins } = withKernelBins(this.#bins, kernelBins);
    for (const bin of bins) hideUnknown(bin, samples);
    markPhases({ bins, binNs, phases, endNs });
    return {
      binNs,
      bins,
      loadBins: this.#loadBins && { startNs: this.#loadBins.originNs ?? phases.find(({ kind }) => kind === "load")?.startNs ?? 0, binNs: this.#loadBins.binNs, bins: this.#loadBins.bins },
      phases,
      samples,
      columns,
      compositions: this.#compositions,
      routerCompositions: this.#routerCompositions,
      compositionsMissing: this.#compositionsMissing,
      kernelLog,
      stopped: this.#stopped,
      dropRules: this.#dropRules,
      ruleset: this.#ruleset,
      filled: this.#filled,
      serversDied: this.#serversDied,
      programs: this.#programs,
      loadCpu: this.#loadCpu,
      sentCounter: this.#sentCounter,
      tunings: this.#tunings,
      router: this.#router?.finish() ?? null,
      endNs,
    };
  }

  #phase(phase: number): PhaseFold {
    let fold = this.#phases.get(phase);
    if (fold === undefined) {
      fold = new PhaseFold(phase, this.#kinds[phase] ?? "unknown");
      this.#phases.set(phase, fold);
    }
    return fold;
  }

  #reach(atNs: number): void {
    if (atNs > this.#endNs) this.#endNs = atNs;
  }
}

/** The phases whose queries are the result. */
export function loadsOf(timeline: Timeline): PhaseTotals[] {
  return timeline.phases.filter(({ kind }) => kind === "load");
}

function hideUnknown(bin: Bin, { known }: SampleSeries): void {
  if (!known.drop) bin.drop = null;
  if (!known.earlyDrop) bin.earlyDrop = null;
  if (!known.insertFailed) bin.insertFailed = null;
  if (!known.chainTooLong) bin.chainTooLong = null;
}

/** The load that ran in a bin, if only for a part of it, as what it did stands there; otherwise the phase in the bin's middle. */
function markPhases({ bins, binNs, phases, endNs }: Pick<Timeline, "bins" | "binNs" | "phases" | "endNs">): void {
  const isLoad = ({ kind }: PhaseTotals): boolean => kind === "load";
  for (const phase of [...phases.filter((other) => !isLoad(other)), ...phases.filter(isLoad)]) {
    const margin = isLoad(phase) ? 0 : binNs / 2;
    const first = Math.max(0, isLoad(phase) ? Math.floor(phase.startNs / binNs) : Math.ceil(phase.startNs / binNs - 0.5));
    for (let index = first; index * binNs + margin < endOf(phase, endNs); index += 1) {
      const bin = bins[index];
      if (bin === undefined) break;
      bin.phase = phase.phase;
    }
  }
}
