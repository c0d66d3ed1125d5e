import type { Histogram } from "hdr-histogram-js";
import type { RunRecord } from "../store/records.ts";
import type { Summary } from "./summary.ts";
import type { Timeline } from "./timeline.ts";

/** A stored run as `summarize` derives it, and where it is stored: all that a report needs. */
export interface ToldRun {
  summary: Summary;
  timeline: Timeline;
  /** Latencies of all loads together, in microseconds. */
  latency: Histogram;
  /** The same from the actual send; null where no load has a rate, and in runs of before. */
  uncorrected: Histogram | null;
  /** The stored histogram log, as it was written; empty where nothing was answered. */
  latencyLog: () => string;
  run: RunRecord;
  directory: string;
}
