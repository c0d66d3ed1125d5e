import fc from "fast-check";
import { decodeFromCompressedBase64, build } from "hdr-histogram-js";
import { expect, it } from "vitest";
import { Recorder } from "../../src/sender/recorder.ts";

const microseconds = fc.oneof(fc.integer({ min: 1, max: 60_000_000 }), fc.integer({ min: 1, max: 5_000 }));

it("counts as HdrHistogram itself does, value for value", () => {
  fc.assert(fc.property(fc.array(microseconds, { minLength: 1, maxLength: 200 }), (values) => {
    const recorder = new Recorder();
    const theirs = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
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
