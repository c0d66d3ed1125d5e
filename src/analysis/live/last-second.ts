import { NS_PER_S } from "../../clock.ts";
import { LATENCY_UNITS_PER_MS, TICK_NS } from "../../store/format.ts";
import type { SampleRecord, TickRecord } from "../../store/records.ts";
import type { Progress, SenderRates } from "./progress.ts";

const WINDOW_NS = NS_PER_S;

/** The ticks of the last second, added up. */
export class LastTicks {
  #ticks: TickRecord[] = [];
  #firstNs: number | null = null;
  /** The last tick of each thread. */
  readonly #last = new Map<number, TickRecord>();

  /** Forgets them: another phase has begun. */
  clear(): void {
    this.#ticks = [];
    this.#firstNs = null;
    this.#last.clear();
  }

  add(tick: TickRecord): void {
    this.#ticks.push(tick);
    this.#firstNs ??= tick.atNs;
    this.#last.set(tick.thread, tick);
  }

  /**
   * The second ends with the newest tick, as long as ticks come: counted from now it would hold nine of them at one time and ten at
   * another.
   */
  rates(nowNs: number): SenderRates {
    const newestNs = this.#ticks.reduce((newest, { atNs }) => Math.max(newest, atNs), 0);
    const endNs = nowNs - newestNs < 3 * TICK_NS ? newestNs : nowNs;
    // Ticks come a little after they are due: half of one belongs to neither side.
    this.#ticks = this.#ticks.filter(({ atNs }) => atNs > endNs - WINDOW_NS + TICK_NS / 2);
    const seconds = Math.min(WINDOW_NS, Math.max(TICK_NS, endNs - (this.#firstNs ?? endNs) + TICK_NS)) / NS_PER_S;
    const perSecond = (of: (tick: TickRecord) => number): number => this.#ticks.reduce((sum, tick) => sum + of(tick), 0) / seconds;
    const perThread = (of: (tick: TickRecord) => number): number => [...this.#last.values()].reduce((sum, tick) => sum + of(tick), 0);
    const epermPps = perSecond(epermOf);
    return {
      plannedPps: [...this.#last.values()].every(({ planned }) => planned === undefined) ? null : perSecond(({ planned }) => planned ?? 0),
      attemptedPps: perSecond(({ attempted }) => attempted),
      epermPps,
      otherErrorsPps: perSecond(({ failed }) => countOf(failed)) - epermPps,
      answeredPps: perSecond(({ answered }) => countOf(answered)),
      // One that is answered late is taken back later.
      unansweredPps: Math.max(0, perSecond(({ unanswered }) => unanswered)),
      ...percentiles(this.#ticks),
      outstanding: perThread(({ outstanding }) => outstanding),
      behind: perThread(({ behind }) => behind),
    };
  }
}

export function epermOf({ failed }: TickRecord): number {
  return failed["EPERM"] ?? 0;
}

function countOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function percentiles(ticks: readonly TickRecord[]): Pick<SenderRates, "p50Ms" | "p99Ms"> {
  const buckets = new Map<number, number>();
  for (const { latenciesUs = {} } of ticks) {
    for (const [lowest, answers] of Object.entries(latenciesUs)) buckets.set(Number(lowest), (buckets.get(Number(lowest)) ?? 0) + answers);
  }
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, answers]) => sum + answers, 0);
  const at = (percentile: number): number | null => {
    let left = Math.max(1, Math.ceil((percentile / 100) * total));
    const bucket = sorted.find(([, answers]) => (left -= answers) <= 0);
    return bucket === undefined ? null : highestOf(bucket[0]) / LATENCY_UNITS_PER_MS;
  };
  return { p50Ms: at(50), p99Ms: at(99) };
}

/** The highest microseconds in a tick's bucket: HdrHistogram's for 1 digit have 16 for each power of two from 32 on. */
function highestOf(lowest: number): number {
  return lowest + 2 ** Math.max(0, 27 - Math.clz32(lowest)) - 1;
}

/** A table's counters, as totals since the first sample. */
interface Reading {
  atNs: number;
  count: number | null;
  max: number | null;
  drop: number;
  earlyDrop: number;
}

/** The samples of the last second. */
export class LastSamples {
  #readings: Reading[] = [];
  #stat: readonly string[] = [];

  /** Counters that this kernel has; one that is not among them stays unknown. */
  setColumns(stat: readonly string[] | null): void {
    this.#stat = stat ?? [];
  }

  add({ atNs, count, max, stat }: SampleRecord): void {
    const before = this.#readings.at(-1);
    // A sample tells what changed.
    const drop = stat?.["drop"] ?? before?.drop ?? 0;
    const earlyDrop = stat?.["early_drop"] ?? before?.earlyDrop ?? 0;
    this.#readings.push({ atNs, count, max, drop, earlyDrop });
  }

  rates(): Pick<Progress, "count" | "max" | "growthPps" | "dropPps" | "earlyDropPps"> {
    const last = this.#readings.at(-1);
    if (last === undefined) return { count: null, max: null, growthPps: null, dropPps: null, earlyDropPps: null };
    this.#readings = this.#readings.filter(({ atNs }) => atNs >= last.atNs - WINDOW_NS);
    const [first = last] = this.#readings;
    const seconds = (last.atNs - first.atNs) / NS_PER_S;
    const rate = (of: (reading: Reading) => number | null): number | null => {
      const [from, to] = [of(first), of(last)];
      return from === null || to === null || seconds === 0 ? null : (to - from) / seconds;
    };
    const counted = (column: string, of: (reading: Reading) => number): number | null => (this.#stat.includes(column) ? rate(of) : null);
    return {
      count: last.count,
      max: last.max,
      growthPps: rate(({ count }) => count),
      dropPps: counted("drop", ({ drop }) => drop),
      earlyDropPps: counted("early_drop", ({ earlyDrop }) => earlyDrop),
    };
  }
}
