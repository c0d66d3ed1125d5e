import { HistogramLogReader } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { histogramLogHeader, histogramLogLine, parseHistogramLine } from "../../src/store/histogram-log.ts";
import { encoded } from "../fixtures/runs/story.ts";

const header = histogramLogHeader(new Date("2026-11-22T18:21:53.250Z"));
const line = histogramLogLine({ tag: "load-1", startS: 1.5, endS: 2.5, encoded: encoded([1, 2, 40]) });

test("the log is HdrHistogram's format 1.3", () => {
  expect(header.split("\n")).toEqual([
    "#[Latency and lateness in microseconds, Interval_Max in milliseconds; written by tablefull]",
    "#[Histogram log format version 1.3]",
    "#[StartTime: 1795371713.250 (seconds since epoch), 2026-11-22T18:21:53.250Z]",
    "#[BaseTime: 1795371713.250 (seconds since epoch)]",
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    "",
  ]);
  expect(line).toMatch(/^Tag=load-1,1\.500,1\.000,40\.0\d\d,HISTFAAA[\w+/=]+\n$/);
});

test("other readers of the format find the interval", () => {
  const histogram = new HistogramLogReader(header + line).nextIntervalHistogram();
  expect(histogram).toMatchObject({ tag: "load-1", totalCount: 3, startTimeStampMsec: 1_795_371_714_750 });
});

test("a line is a histogram, nothing, or damaged", () => {
  expect(header.split("\n").map(parseHistogramLine)).toEqual(Array.from({ length: 6 }, () => "nothing"));
  expect(parseHistogramLine(line.trimEnd())).toMatchObject({ tag: "load-1", totalCount: 3 });
  expect(parseHistogramLine(line.replace(/HISTFAAA.{20}/, "HISTFAAAxxxxxxxxxxxxxxxxxxxx"))).toBeNull();
  expect(parseHistogramLine("no histogram")).toBeNull();
});
