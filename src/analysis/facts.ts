import type { Histogram } from "hdr-histogram-js";
import type { EventRecord } from "../store/event-records.ts";
import type { KernelRecord, Reading, RunRecord, SenderRecord } from "../store/records.ts";

/** A run's facts as analysis wants them: each kind streamed once, in the order it was stored. `openRun` gives them. */
export interface Facts {
  readonly run: RunRecord;
  senders(visit: (record: SenderRecord) => void): Reading;
  kernel(visit: (record: KernelRecord) => void): Reading;
  router(visit: (record: KernelRecord) => void): Reading;
  events(visit: (record: EventRecord) => void): Reading;
  /** Interval histograms of latency, in microseconds, tagged `load-<phase>`. */
  latencies(visit: (histogram: Histogram) => void): Reading;
}
