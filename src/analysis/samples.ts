import type { ColumnsRecord, SampleRecord } from "../store/records.ts";
import { NumberList } from "./number-list.ts";

/**
 * The counters that a verdict can need, and the columns that hold them. The kernel prints its `chaintoolong` under the
 * heading `chainlength` in /proc/net/stat/nf_conntrack (ct_cpu_seq_show), and by its own name through ctnetlink.
 */
export const COUNTERS = {
  drop: { source: "stat", columns: ["drop"] },
  earlyDrop: { source: "stat", columns: ["early_drop"] },
  insertFailed: { source: "stat", columns: ["insert_failed"] },
  chainTooLong: { source: "stat", columns: ["chaintoolong", "chainlength"] },
  clashResolved: { source: "stat", columns: ["clash_resolve", "clashres"] },
  outDiscards: { source: "net", columns: ["Ip.OutDiscards"] },
  outRequests: { source: "net", columns: ["Ip.OutRequests"] },
  sndbufErrors: { source: "net", columns: ["Udp.SndbufErrors"] },
  rcvbufErrors: { source: "net", columns: ["Udp.RcvbufErrors"] },
  inErrors: { source: "net", columns: ["Udp.InErrors"] },
  noPorts: { source: "net", columns: ["Udp.NoPorts"] },
} as const satisfies Record<string, { source: "stat" | "net"; columns: readonly string[] }>;
export type Counter = keyof typeof COUNTERS;
export const COUNTER_NAMES = Object.keys(COUNTERS) as readonly Counter[];

/** Every sample of a run in typed arrays, 3 MB each for an hour at 10 ms. NaN is unknown. */
export interface SampleSeries {
  length: number;
  atNs: Float64Array;
  count: Float64Array;
  max: Float64Array;
  /** Totals since the first sample. */
  totals: Record<Counter, Float64Array>;
  /** False: this kernel does not offer the counter, and its totals mean nothing. */
  known: Record<Counter, boolean>;
}

/** One counter over the samples of a run. */
class CounterFold {
  readonly totals = new NumberList();
  latest = 0;
  /** How far it moved from the sample before to the last one. */
  moved = 0;
  seen = false;
  #held = 0;

  /** Holds the total that is the latest as that of this sample. */
  hold(index: number): void {
    this.moved = this.latest - this.#held;
    this.#held = this.latest;
    // Most counters never move, and what was not set is 0.
    if (this.latest !== 0) this.totals.set(index, this.latest);
  }
}

/** Folds sample records, which hold only what changed, into a series of totals. */
export class SampleFold {
  #length = 0;
  readonly #atNs = new NumberList();
  readonly #count = new NumberList();
  readonly #max = new NumberList();
  readonly #counters = perCounter(() => new CounterFold());
  readonly #all = Object.values(this.#counters);
  readonly #byColumn: ReadonlyMap<string, CounterFold> = new Map(COUNTER_NAMES.flatMap((counter) => COUNTERS[counter].columns.map((column) => [column, this.#counters[counter]])));
  #columns: ColumnsRecord | null = null;

  addColumns(columns: ColumnsRecord): void {
    this.#columns = columns;
  }

  /** Adds a sample and returns each counter, which says how far it `moved` since the sample before. */
  add(sample: SampleRecord): Readonly<Record<Counter, { readonly moved: number }>> {
    const index = this.#length;
    this.#length += 1;
    this.#atNs.set(index, sample.atNs);
    this.#count.set(index, sample.count ?? Number.NaN);
    this.#max.set(index, sample.max ?? Number.NaN);
    this.#take(sample.stat);
    this.#take(sample.net);
    for (const counter of this.#all) counter.hold(index);
    return this.#counters;
  }

  #take(changed: Record<string, number> | undefined): void {
    for (const column in changed) {
      const counter = this.#byColumn.get(column);
      if (counter === undefined) continue;
      counter.latest = changed[column] ?? counter.latest;
      counter.seen = true;
    }
  }

  finish(): SampleSeries {
    const length = this.#length;
    return {
      length,
      atNs: this.#atNs.first(length),
      count: this.#count.first(length),
      max: this.#max.first(length),
      totals: perCounter((counter) => this.#counters[counter].totals.first(length)),
      known: perCounter((counter) => this.#counters[counter].seen || isListed(this.#columns, counter)),
    };
  }
}

/** Index of the last sample at or before an instant, -1 when there is none. */
export function lastAtOrBefore(series: SampleSeries, atNs: number): number {
  let [low, high] = around(series, atNs);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((series.atNs[middle] ?? Infinity) <= atNs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Indices that an instant lies between: as samples come at an even pace, close together where it would be if they came at exactly that. */
function around({ atNs: times, length }: SampleSeries, atNs: number): [low: number, high: number] {
  const firstNs = times[0] ?? 0;
  const lastNs = times[length - 1] ?? 0;
  if (!(atNs >= firstNs && atNs < lastNs)) return [0, length];
  const near = Math.floor(((atNs - firstNs) / (lastNs - firstNs)) * (length - 1));
  let low = near;
  let high = near + 1;
  for (let reach = 1; low > 0 && (times[low] ?? 0) > atNs; reach *= 4) low = Math.max(0, near - reach);
  for (let reach = 1; high < length && (times[high] ?? 0) <= atNs; reach *= 4) high = Math.min(length, near + reach);
  return [low, high];
}

/** Index of the first sample at or after an instant, `length` when there is none. */
export function firstAtOrAfter(series: SampleSeries, atNs: number): number {
  const before = lastAtOrBefore(series, atNs);
  return before >= 0 && series.atNs[before] === atNs ? before : before + 1;
}

/** Table entries at an instant, on the line between the two samples around it; past an end, that end's sample. Null if unknown. */
export function countAt(series: SampleSeries, atNs: number): number | null {
  const before = lastAtOrBefore(series, atNs);
  const from = series.count[Math.max(0, before)] ?? Number.NaN;
  const fromNs = series.atNs[Math.max(0, before)] ?? atNs;
  const to = series.count[before + 1] ?? from;
  const toNs = series.atNs[before + 1] ?? fromNs;
  const along = toNs > fromNs ? Math.max(0, (atNs - fromNs) / (toNs - fromNs)) : 0;
  const count = from + (to - from) * along;
  return Number.isNaN(count) ? null : Math.round(count);
}

/** A counter's total at an instant, on the line between the two samples around it; past an end, that end's sample. */
export function totalAt(series: SampleSeries, counter: Counter, atNs: number): number {
  const totals = series.totals[counter];
  const before = lastAtOrBefore(series, atNs);
  const from = totals[Math.max(0, before)] ?? 0;
  const fromNs = series.atNs[Math.max(0, before)] ?? atNs;
  const to = totals[before + 1] ?? from;
  const toNs = series.atNs[before + 1] ?? fromNs;
  return toNs > fromNs ? from + (to - from) * Math.max(0, (atNs - fromNs) / (toNs - fromNs)) : from;
}

/** The value of one sample, null where there is no such sample or it is unknown. */
export function known(array: Float64Array, index: number): number | null {
  const value = array[index];
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** Whether this kernel offers a counter, by what it listed. */
export function isListed(record: ColumnsRecord | null, counter: Counter): boolean {
  const { source, columns } = COUNTERS[counter];
  const listed = record?.[source] ?? [];
  return columns.some((column) => listed.includes(column));
}

function perCounter<T>(make: (counter: Counter) => T): Record<Counter, T> {
  return {
    drop: make("drop"),
    earlyDrop: make("earlyDrop"),
    insertFailed: make("insertFailed"),
    chainTooLong: make("chainTooLong"),
    clashResolved: make("clashResolved"),
    outDiscards: make("outDiscards"),
    outRequests: make("outRequests"),
    sndbufErrors: make("sndbufErrors"),
    rcvbufErrors: make("rcvbufErrors"),
    inErrors: make("inErrors"),
    noPorts: make("noPorts"),
  };
}
