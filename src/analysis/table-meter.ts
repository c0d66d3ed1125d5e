import { NS_PER_S } from "../clock.ts";
import type { ColumnsRecord, KernelRecord, SampleRecord } from "../store/records.ts";
import { type Counter, COUNTERS, isListed } from "./samples.ts";
import { medianSlope } from "./statistics/median-slope.ts";
import type { Pair } from "./statistics/rank-correlation.ts";

/** The table at one moment of a watch. What the kernel does not tell is null, never 0. */
export interface TableReading {
  /** Nanoseconds since the watch began. */
  atNs: number;
  entries: number | null;
  max: number | null;
  /** entries / max. */
  share: number | null;
  /** Entries a second over the last 10 s: the median slope. Null until there are two samples. */
  growthPerS: number | null;
  /** Seconds until the table is full at that growth; 0 where it is full, null where it does not grow or that is unknown. */
  fullInS: number | null;
  /** A second, since the reading before. */
  dropPerS: number | null;
  earlyDropPerS: number | null;
  insertFailedPerS: number | null;
  outDiscardsPerS: number | null;
}

/** What a watch came to so far. Counters are totals since its first sample. */
export interface WatchTotals {
  atNs: number;
  firstEntries: number | null;
  entries: number | null;
  max: number | null;
  peak: number | null;
  /** The highest entries / max of any sample. */
  peakShare: number | null;
  drop: number | null;
  earlyDrop: number | null;
  insertFailed: number | null;
  chainTooLong: number | null;
  outDiscards: number | null;
  outRequests: number | null;
}

const TREND_NS = 10 * NS_PER_S;
/** So many points make a trend: 20 of them have 190 slopes. */
const TREND_POINTS = 20;
const FOLLOWED = ["drop", "earlyDrop", "insertFailed", "chainTooLong", "outDiscards", "outRequests"] as const satisfies readonly Counter[];
type Followed = (typeof FOLLOWED)[number];
type Totals = Record<Followed, number>;
const NONE: Totals = { drop: 0, earlyDrop: 0, insertFailed: 0, chainTooLong: 0, outDiscards: 0, outRequests: 0 };

/** Follows a table by the records of its observer; keeps no more than a trend needs. */
export class TableMeter {
  /** By the records, which hold only what changed. */
  readonly #totals: Totals = { ...NONE };
  #columns: ColumnsRecord | null = null;
  readonly #trendNs: number;
  #trend: Pair[] = [];
  #first: SampleRecord | null = null;
  #last: SampleRecord | null = null;
  #peak: number | null = null;
  #peakShare: number | null = null;
  #taken: { atNs: number; totals: Totals } | null = null;

  /** `everyNs`: how often a reading is taken; a trend is over five of them where that is more than 10 s. */
  constructor({ everyNs }: { everyNs: number }) {
    this.#trendNs = Math.max(TREND_NS, 5 * everyNs);
  }

  add(records: readonly KernelRecord[]): void {
    for (const record of records) {
      if (record.type === "columns") this.#columns = record;
      if (record.type === "sample") this.#addSample(record);
    }
  }

  #addSample(sample: SampleRecord): void {
    const { atNs, count, max } = sample;
    for (const counter of FOLLOWED) this.#totals[counter] = latestOf(sample, counter) ?? this.#totals[counter];
    this.#first ??= sample;
    this.#taken ??= { atNs, totals: NONE };
    this.#last = sample;
    if (count === null) return;
    this.#peak = Math.max(this.#peak ?? 0, count);
    if (max !== null && max > 0) this.#peakShare = Math.max(this.#peakShare ?? 0, count / max);
    const fromS = (atNs - this.#trendNs) / NS_PER_S;
    const apartS = this.#trendNs / NS_PER_S / TREND_POINTS;
    const lastS = this.#trend.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
    if (atNs / NS_PER_S - lastS >= apartS * 0.99) this.#trend = [...this.#trend.filter(([atS]) => atS >= fromS), [atNs / NS_PER_S, count]];
  }

  /** The reading now; null before the first sample. Rates begin anew. */
  take(): TableReading | null {
    if (this.#last === null) return null;
    const { atNs, count, max } = this.#last;
    const before = this.#taken;
    const seconds = before === null ? 0 : (atNs - before.atNs) / NS_PER_S;
    const perS = (counter: Followed): number | null =>
      before === null || seconds <= 0 || !isListed(this.#columns, counter) ? null : (this.#totals[counter] - before.totals[counter]) / seconds;
    const growthPerS = medianSlope(this.#trend);
    const reading: TableReading = {
      atNs,
      entries: count,
      max,
      share: count === null || max === null || max === 0 ? null : count / max,
      growthPerS,
      fullInS: count === null || max === null ? null : count >= max ? 0 : growthPerS !== null && growthPerS > 0 ? (max - count) / growthPerS : null,
      dropPerS: perS("drop"),
      earlyDropPerS: perS("earlyDrop"),
      insertFailedPerS: perS("insertFailed"),
      outDiscardsPerS: perS("outDiscards"),
    };
    this.#taken = { atNs, totals: { ...this.#totals } };
    return reading;
  }

  /** Of the whole watch; null before the first sample. */
  totals(): WatchTotals | null {
    if (this.#first === null || this.#last === null) return null;
    const total = (counter: Followed): number | null => (isListed(this.#columns, counter) ? this.#totals[counter] : null);
    return {
      atNs: this.#last.atNs,
      firstEntries: this.#first.count,
      entries: this.#last.count,
      max: this.#last.max,
      peak: this.#peak,
      peakShare: this.#peakShare,
      drop: total("drop"),
      earlyDrop: total("earlyDrop"),
      insertFailed: total("insertFailed"),
      chainTooLong: total("chainTooLong"),
      outDiscards: total("outDiscards"),
      outRequests: total("outRequests"),
    };
  }
}

function latestOf(sample: SampleRecord, counter: Followed): number | undefined {
  const { source, columns } = COUNTERS[counter];
  for (const column of columns) {
    const value = sample[source]?.[column];
    if (value !== undefined) return value;
  }
  return undefined;
}
