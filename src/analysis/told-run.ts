import type { RunRecord } from "../store/records.ts";
import type { Summary } from "./summary.ts";
import type { Timeline } from "./timeline.ts";

/** A stored run as `summarize` derives it, and where it is stored: all that a report needs. */
export interface ToldRun {
  summary: Summary;
  timeline: Timeline;
  run: RunRecord;
  directory: string;
}
