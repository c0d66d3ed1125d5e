import type { Histogram } from "hdr-histogram-js";
import type { EventRecord } from "./event-records.ts";
import type { KernelRecord, RunRecord, StoredSenderRecord } from "./records.ts";

/**
 * A run's facts, each kind streamed once through `visit`, in the order it was stored, and never held together: a run of an hour has
 * 650,000 records. Reading is synchronous because a promise per record would cost more than parsing it.
 */
export interface Facts {
  readonly run: RunRecord;
  /** `latencies`, true by default: whether ticks come with their latencies, which take longer than all the rest of them. */
  senders(visit: (record: StoredSenderRecord) => void, how?: { latencies?: boolean }): Reading;
  kernel(visit: (record: KernelRecord) => void): Reading;
  /** What the router's namespace saw; visits nothing where there was no router. */
  router(visit: (record: KernelRecord) => void): Reading;
  events(visit: (record: EventRecord) => void): Reading;
  /** Interval histograms of latency, in microseconds, tagged `load-<phase>`. */
  latencies(visit: (histogram: Histogram) => void): Reading;
}

/** What reading one file found besides its records. */
export interface Reading {
  file: string;
  records: number;
  /** Lines in the middle of the file that are no record; they were left out. */
  damaged: number;
  firstDamagedLine: number | null;
  /** The last line was cut short, as a kill leaves it; not damage. */
  truncated: boolean;
}
