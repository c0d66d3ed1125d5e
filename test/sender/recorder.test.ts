import fc from "fast-check";
import { decodeFromCompressedBase64, build } from "hdr-histogram-js";
import { expect, it } from "vitest";
import { tickPercentileMs } from "../../src/analysis/latency.ts";
import { Recorder } from "../../src/sender/recorder.ts";

const microseconds = fc.oneof(fc.integer({ min: 1, max: 60_000_000 }), fc.integer({ min: 1, max: 5_000 }));

it.each([1, 3] as const)("counts as HdrHistogram itself does with %i significant digits, value for value", (digits) => {
  fc.assert(fc.property(fc.array(microseconds, { minLength: 1, maxLength: 200 }), (values) => {
    const recorder = new Recorder({ digits });
    const theirs = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: digits });
    for (const value of values) {
      recorder.record(value * 1000);
      theirs.recordValue(value);
    }
    const ours = decodeFromCompressedBase64(recorder.encoded());
    expect(ours.totalCount).toBe(values.length);
    for (const share of [0, 1, 25, 50, 90, 99, 99.9, 100]) expect(ours.getValueAtPercentile(share)).toBe(theirs.getValueAtPercentile(share));
  }));
});

it("rounds to whole microseconds and keeps what is out of range at its ends", () => {
  const recorder = new Recorder();
  for (const durationNs of [-5, 0, 499, 1_499]) recorder.record(durationNs);
  expect([recorder.histogram().totalCount, recorder.histogram().maxValue]).toEqual([4, 1]);
  recorder.record(3_600e9);
  // Three significant digits.
  expect(Math.abs(recorder.histogram().maxValue - 60_000_000)).toBeLessThan(60_000);
});

it("tells what came since the last time", () => {
  const recorder = new Recorder({ digits: 1 });
  for (const tookUs of [7, 7, 99, 1_000, 1_010]) recorder.record(tookUs * 1000);
  expect(recorder.take()).toEqual({ 7: 2, 96: 1, 992: 2 });
  recorder.record(31_000);
  expect([recorder.take(), recorder.take()]).toEqual([{ 31: 1 }, {}]);
});

it("counts a tick's durations so that percentiles are at most a sixteenth above", () => {
  fc.assert(fc.property(fc.array(microseconds, { minLength: 1, maxLength: 100 }), fc.constantFrom(1, 50, 99, 100), (values, percentile) => {
    const recorder = new Recorder({ digits: 1 });
    for (const value of values) recorder.record(value * 1000);
    const exact = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((percentile / 100) * values.length) - 1)] ?? 0;
    const ticked = new Map(Object.entries(recorder.take()).map(([bucket, answers]) => [Number(bucket), answers]));
    const told = (tickPercentileMs(ticked, percentile) ?? 0) * 1000;
    expect(told).toBeGreaterThanOrEqual(exact - 1e-9);
    expect(told).toBeLessThanOrEqual(exact * (17 / 16) + 1e-9);
  }));
});
