import { NS_PER_MS } from "../clock.ts";
import { TICK_NS } from "../store/format.ts";
import type { SampleRecord, TickRecord } from "../store/records.ts";

/** Lowest microseconds of a bucket -> answers. A Map, as V8 keeps an object with such keys as an array from 0 on: 100 MB for the bins of an hour. */
export type LatencyCounts = Map<number, number>;

/** What happened in one slice of time. Counters are changes within it; null where the kernel does not tell. */
export interface Bin {
  /** Entries and max of the fullest sample within the bin: max can change, so the two belong together. */
  count: number | null;
  max: number | null;
  attempted: number;
  sent: number;
  eperm: number;
  otherFailed: number;
  answered: number;
  /** Lowest microseconds of a bucket of latency, as ticks have them -> answers; null where no tick tells. */
  latenciesUs: LatencyCounts | null;
  drop: number | null;
  earlyDrop: number | null;
  insertFailed: number | null;
  chainTooLong: number | null;
  /** The phase that was running in the middle of the bin, or null. */
  phase: number | null;
}

export const BIN_NS = 100 * NS_PER_MS;
/** An hour and a third. */
export const MAX_BINS = 48_000;

/** Folds ticks and samples into bins. A run that outgrows MAX_BINS has its bins merged in pairs, so it need not know its length. */
export class BinFold {
  binNs = BIN_NS;
  bins: Bin[] = [];

  /** When the last tick of each thread ended, by phase. */
  readonly #ticked: number[][] = [];

  /** A tick is stamped with its end: it belongs to the bin of its middle. Its start is the end of the same thread's tick before. */
  addTick(tick: TickRecord): void {
    const ended = (this.#ticked[tick.phase] ??= []);
    const startNs = Math.min(tick.atNs, ended[tick.thread] ?? Math.max(0, tick.atNs - TICK_NS));
    ended[tick.thread] = tick.atNs;
    const bin = this.#at((startNs + tick.atNs) / 2);
    bin.attempted += tick.attempted;
    bin.sent += tick.sent;
    for (const errno in tick.failed) {
      if (errno === "EPERM") bin.eperm += tick.failed[errno] ?? 0;
      else bin.otherFailed += tick.failed[errno] ?? 0;
    }
    for (const rcode in tick.answered) bin.answered += tick.answered[rcode] ?? 0;
    if (tick.latenciesUs === undefined) return;
    bin.latenciesUs ??= new Map();
    for (const bucket of Object.keys(tick.latenciesUs)) addAnswers(bin.latenciesUs, Number(bucket), tick.latenciesUs[bucket] ?? 0);
  }

  addSample(sample: SampleRecord, counters: Readonly<Record<"drop" | "earlyDrop" | "insertFailed" | "chainTooLong", { readonly moved: number }>>): void {
    const bin = this.#at(sample.atNs);
    if (isFuller(sample, bin)) [bin.count, bin.max] = [sample.count, sample.max];
    bin.drop = (bin.drop ?? 0) + counters.drop.moved;
    bin.earlyDrop = (bin.earlyDrop ?? 0) + counters.earlyDrop.moved;
    bin.insertFailed = (bin.insertFailed ?? 0) + counters.insertFailed.moved;
    bin.chainTooLong = (bin.chainTooLong ?? 0) + counters.chainTooLong.moved;
  }

  #at(atNs: number): Bin {
    let index = Math.max(0, Math.floor(atNs / this.binNs));
    while (index >= MAX_BINS) {
      this.#halve();
      index = Math.floor(atNs / this.binNs);
    }
    while (this.bins.length <= index) this.bins.push(emptyBin());
    return this.bins[index] ?? emptyBin();
  }

  #halve(): void {
    const merged: Bin[] = [];
    for (let index = 0; index < this.bins.length; index += 2) {
      merged.push(mergeBins(this.bins.slice(index, index + 2)));
    }
    this.bins = merged;
    this.binNs *= 2;
  }
}

/** Neighbouring bins as one: the table at its fullest, changes summed, the first phase. */
export function mergeBins(bins: readonly Bin[]): Bin {
  const merged = emptyBin();
  for (const bin of bins) {
    if (isFuller(bin, merged)) [merged.count, merged.max] = [bin.count, bin.max];
    merged.attempted += bin.attempted;
    merged.sent += bin.sent;
    merged.eperm += bin.eperm;
    merged.otherFailed += bin.otherFailed;
    merged.answered += bin.answered;
    if (bin.latenciesUs !== null) {
      merged.latenciesUs ??= new Map();
      for (const [bucket, answers] of bin.latenciesUs) addAnswers(merged.latenciesUs, bucket, answers);
    }
    merged.drop = plus(merged.drop, bin.drop);
    merged.earlyDrop = plus(merged.earlyDrop, bin.earlyDrop);
    merged.insertFailed = plus(merged.insertFailed, bin.insertFailed);
    merged.chainTooLong = plus(merged.chainTooLong, bin.chainTooLong);
    merged.phase ??= bin.phase;
  }
  return merged;
}

function emptyBin(): Bin {
  return {
    count: null,
    max: null,
    attempted: 0,
    sent: 0,
    eperm: 0,
    otherFailed: 0,
    answered: 0,
    latenciesUs: null,
    drop: null,
    earlyDrop: null,
    insertFailed: null,
    chainTooLong: null,
    phase: null,
  };
}

type Occupancy = Pick<Bin, "count" | "max">;

/** Whether one reading of a table is fuller than another: by its share of max, where both are as complete. */
export function isFuller(one: Occupancy, other: Occupancy): boolean {
  if (told(one) !== told(other)) return told(one) > told(other);
  return (one.count ?? 0) * (other.max ?? 1) > (other.count ?? 0) * (one.max ?? 1);
}

function told({ count, max }: Occupancy): number {
  return Number(count !== null) + Number(max !== null);
}

function plus(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return one + other;
}

function addAnswers(sums: LatencyCounts, bucket: number, answers: number): void {
  sums.set(bucket, (sums.get(bucket) ?? 0) + answers);
}
