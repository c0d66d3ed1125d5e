import { describe, expect, test } from "vitest";
import { evaluateThresholds, keeps } from "../../../src/analysis/thresholds/evaluate.ts";
import type { Measured } from "../../../src/analysis/thresholds/evaluate.ts";
import type { ThresholdMetric } from "../../../src/scenario/thresholds.ts";
import { aThreshold } from "../../fixtures/thresholds.ts";

const measured: Measured = {
  sends: { attempted: 1000, retries: 0, answered: 700, unanswered: 90 },
  load: { durationMs: 2000 },
  onset: { sinceLoadMs: 500, share: 0.99 },
  attribution: { eperm: 200, drop: 190, earlyDrop: 30, explainedShare: 0.95 },
  peakShare: 1,
  pacing: { dropped: 4 },
  latencyMs: (aggregation, percentile) => (aggregation === "p" ? (percentile ?? 0) / 10 : 2),
};
const nothing: Measured = {
  ...measured,
  sends: { attempted: 0, retries: 0, answered: 0, unanswered: 0 },
  load: { durationMs: null },
  onset: null,
  attribution: { eperm: 0, drop: null, earlyDrop: null, explainedShare: null },
  peakShare: null,
  pacing: null,
  latencyMs: () => null,
};

describe("evaluateThresholds", () => {
  test.each<[ThresholdMetric, string, number, boolean]>([
    ["eperm_share", "rate<0.2", 0.2, false],
    ["eperm_share", "rate<=0.2", 0.2, true],
    ["answered_share", "rate>0.6", 0.7, true],
    ["explained_share", "rate>0.95", 0.95, false],
    ["onset_share", "rate>0.9", 0.99, true],
    ["peak_occupancy", "rate<1", 1, false],
    ["onset", "value>600", 500, false],
    ["attempted", "count==1000", 1000, true],
    ["attempted", "rate>500", 500, false],
    ["answered", "rate>=350", 350, true],
    ["unanswered", "count<90", 90, false],
    ["dropped", "rate<2", 2, false],
    ["kernel_dropped", "count!=190", 190, false],
    ["early_dropped", "rate===15", 15, true],
    ["latency", "p(99)<9.9", 9.9, false],
    ["latency", "avg<3", 2, true],
  ])("%s: %s is %d", (metric, text, value, passed) => {
    expect(evaluateThresholds([aThreshold(metric, text)], measured)).toEqual([{ metric, threshold: text, abortOnFail: false, value, passed, unknown: null }]);
  });

  test.each<[ThresholdMetric, string, string]>([
    ["eperm_share", "rate<1", "nothing was sent"],
    ["answered_share", "rate>0.5", "nothing was sent"],
    ["explained_share", "rate>0.5", "no send was refused with EPERM"],
    ["onset_share", "rate>0.5", "no send was refused with EPERM"],
    ["onset", "value>5", "nothing was sent"],
    ["peak_occupancy", "rate<0.5", "how full the table was is unknown"],
    ["dropped", "count==0", "no load has a rate"],
    ["kernel_dropped", "count==0", "this kernel does not count it"],
    ["answered", "rate>5", "nothing was sent"],
    ["latency", "p(99)<5", "nothing was answered"],
  ])("%s of nothing is unknown, which neither passes nor fails", (metric, text, unknown) => {
    expect(evaluateThresholds([aThreshold(metric, text)], nothing)).toEqual([{ metric, threshold: text, abortOnFail: false, value: null, passed: null, unknown }]);
  });

  test("a latency that was not stored is not one of no answer", () => {
    const unknown = "the latencies of its answers are not stored";
    expect(evaluateThresholds([aThreshold("latency", "p(99)<5")], { ...measured, latencyMs: () => null })).toMatchObject([{ passed: null, unknown }]);
  });

  test("what is tried again is the same query", () => {
    const retried = { ...measured, sends: { ...measured.sends, retries: 300 } };
    expect(evaluateThresholds([aThreshold("answered_share", "rate==1")], retried)).toMatchObject([{ value: 1, passed: true }]);
  });

  test("an onset that never came is later than any", () => {
    const without = { ...measured, onset: null };
    expect(evaluateThresholds([aThreshold("onset", "value>5000"), aThreshold("onset", "value<5000")], without)).toMatchObject([
      { value: null, passed: true, unknown: null },
      { value: null, passed: false, unknown: null },
    ]);
  });
});

test.each([
  ["<", [true, false, false]],
  ["<=", [true, true, false]],
  [">", [false, false, true]],
  [">=", [false, true, true]],
  ["==", [false, true, false]],
  ["===", [false, true, false]],
  ["!=", [true, false, true]],
] as const)("%s", (operator, kept) => {
  expect([1, 2, 3].map((value) => keeps(value, { operator, bound: 2 }))).toEqual(kept);
});
