import { createRequire } from "node:module";
import type { Histogram, HistogramLogWriter } from "hdr-histogram-js";
import { LATENCY_UNITS_PER_MS } from "./format.ts";

let library: typeof import("hdr-histogram-js") | undefined;

/** Loaded when a histogram is there: a run that begins would wait for it as long as for its lab. */
function hdr(): typeof import("hdr-histogram-js") {
  return (library ??= createRequire(import.meta.url)("hdr-histogram-js") as typeof import("hdr-histogram-js"));
}

/** The durations of one interval: `encoded` is HdrHistogram's V2 compressed base64, of microseconds. */
export interface IntervalHistogram {
  /**
   * `load-<phase>`: latency from the time a query was meant to go; `uncorrected-<phase>`: from the time it went; `lateness-<phase>`:
   * the time between the two, of every attempt. The latter two only where a load has a rate. May hold no comma and no space.
   */
  tag: string;
  /** Seconds since the run's origin. */
  startS: number;
  endS: number;
  encoded: string;
}

/** The first lines of a histogram log, format 1.3. Interval times are relative to the start of the run. */
export function histogramLogHeader(startedAt: Date): string {
  const seconds = (startedAt.getTime() / 1000).toFixed(3);
  return collect((writer) => {
    writer.outputComment("[Latency and lateness in microseconds, Interval_Max in milliseconds; written by tablefull]");
    writer.outputLogFormatVersion();
    // Not outputStartTime: it prints the local time zone and an empty line.
    writer.outputComment(`[StartTime: ${seconds} (seconds since epoch), ${startedAt.toISOString()}]`);
    writer.outputComment(`[BaseTime: ${seconds} (seconds since epoch)]`);
    writer.outputLegend();
  });
}

/** One interval line: `Tag=load-1,start,length,maxMs,base64`. */
export function histogramLogLine({ tag, startS, endS, encoded }: IntervalHistogram): string {
  const histogram = hdr().decodeFromCompressedBase64(encoded);
  histogram.tag = tag;
  return collect((writer) => writer.outputIntervalHistogram(histogram, startS, endS, LATENCY_UNITS_PER_MS));
}

/** The histogram of one line; "nothing" for comments and the legend, null for a line that cannot be decoded. */
export function parseHistogramLine(line: string): Histogram | "nothing" | null {
  if (line === "" || line.startsWith("#") || line.startsWith('"')) return "nothing";
  try {
    return new (hdr().HistogramLogReader)(line).nextIntervalHistogram();
  } catch {
    // The decoder throws whatever its inflate or its buffer throws: all of them mean a damaged line.
    return null;
  }
}

function collect(write: (writer: HistogramLogWriter) => void): string {
  let text = "";
  write(
    new (hdr().HistogramLogWriter)((chunk) => {
      text += chunk;
    }),
  );
  return text;
}
