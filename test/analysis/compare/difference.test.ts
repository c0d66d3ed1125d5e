import { describe, expect, test } from "vitest";
import type { ComparedSummary } from "../../../src/analysis/compare/compared-run.ts";
import { compareMetric } from "../../../src/analysis/compare/difference.ts";
import { aComparedRun } from "../../fixtures/compared-runs.ts";

const NOISE = 0.02;
const p99s = (...values: (number | null)[]): ComparedSummary[] => values.map((p99) => aComparedRun("x", { latency: { p99 } }).summary);
const eperms = (attempted: number, ...values: number[]): ComparedSummary[] =>
  values.map((eperm) => aComparedRun("x", { sends: { attempted, answered: attempted - eperm }, attribution: { eperm, explainedShare: null } }).summary);
const onsets = (...values: (number | null)[]): ComparedSummary[] =>
  values.map((sinceLoadMs) => aComparedRun("x", { onset: sinceLoadMs === null ? null : { sinceLoadMs } }).summary);

describe("what is timed", () => {
  test.each([
    [[10, 10.1, 9.9], [5, 5.1, 4.9], "better"],
    [[10, 10.1, 9.9], [15, 15.1, 14.9], "worse"],
    [[10, 10.01, 9.99], [10.1, 10.11, 10.09], "no difference"],
    [[10, 12, 8], [10.5, 12.5, 8.5], "cannot tell"],
    // More than nothing for sure, more than noise perhaps.
    [[10, 10, 10], [10.1, 10.2, 10.3], "cannot tell"],
  ] as const)("%j against %j: %s", (base, other, word) => {
    expect(compareMetric("latencyP99Ms", p99s(...base), p99s(...other), NOISE).word).toBe(word);
  });

  test("noise is a share of the baseline", () => {
    const [base, other] = [p99s(10, 10, 10), p99s(10.4, 10.4, 10.4)];
    expect(compareMetric("latencyP99Ms", base, other, 0.05).word).toBe("no difference");
    expect(compareMetric("latencyP99Ms", base, other, 0.03).word).toBe("worse");
  });

  test("fewer than three runs tell nothing, and neither does what is unknown", () => {
    expect(compareMetric("latencyP99Ms", p99s(10, 10), p99s(5, 5, 5), NOISE)).toMatchObject({ word: "cannot tell", difference: null, why: "needs 3 runs in each group" });
    expect(compareMetric("latencyP99Ms", p99s(10, 10, 10), p99s(null, null, null), NOISE)).toMatchObject({
      word: "cannot tell", difference: null, other: { known: 0, mean: null, median: null, interval: null }, why: "these runs have no value: nothing may have been answered",
    });
  });

  test("mean, median and the difference are told", () => {
    expect(compareMetric("latencyP99Ms", p99s(1, 2, 6, 7), p99s(11, 12, 16, 17), NOISE)).toMatchObject({
      base: { known: 4, mean: 4, median: 4 }, other: { mean: 14, median: 14 }, difference: { value: 10 },
    });
  });
});

describe("what is counted", () => {
  test.each([
    [7680, 7690, "no difference"],
    [7680, 6000, "better"],
    [6000, 7680, "worse"],
    [7680, 7500, "cannot tell"],
    [0, 0, "no difference"],
    [0, 1, "no difference"],
    [0, 10, "cannot tell"],
    [0, 40, "worse"],
    [100, 0, "better"],
  ])("%d and %d EPERM of 10,000, single runs: %s", (base, other, word) => {
    expect(compareMetric("epermShare", eperms(10_000, base), eperms(10_000, other), NOISE).word).toBe(word);
  });

  test("few sends tell little", () => {
    expect(compareMetric("epermShare", eperms(20, 0), eperms(20, 0), NOISE)).toMatchObject({ word: "cannot tell", base: { interval: { low: 0, high: expect.closeTo(0.161, 3) } } });
  });

  test("runs that vary more than chance widen the interval", () => {
    expect(compareMetric("epermShare", eperms(10_000, 5000), eperms(10_000, 6000), NOISE).word).toBe("worse");
    expect(compareMetric("epermShare", eperms(10_000, 3000, 5000, 7000), eperms(10_000, 4000, 6000, 8000), NOISE).word).toBe("cannot tell");
  });

  test("runs that do not vary at all are still counted", () => {
    const { difference } = compareMetric("epermShare", eperms(100, 50, 50, 50), eperms(100, 50, 50, 50), NOISE);
    expect(difference?.low).toBeLessThan(-0.05);
  });

  test("retries are attempts of the same query", () => {
    const retried = aComparedRun("x", { sends: { attempted: 3000, answered: 1000, retries: 2000 } }).summary;
    expect(compareMetric("answeredShare", [retried], [retried], NOISE).base.mean).toBe(1);
  });

  test("an explained share that is unknown is no count of 0", () => {
    expect(compareMetric("explainedShare", eperms(1000, 500), eperms(1000, 500), NOISE)).toMatchObject({ word: "cannot tell", why: "the baseline has no value: there may be no EPERM to explain" });
  });
});

describe("what may never come", () => {
  test.each([
    [[600, 700], [null, null], "better"],
    [[null, null], [600, 700], "worse"],
    [[null], [null], "no difference"],
    [[600, null], [600, 700], "cannot tell"],
  ])("%j against %j: %s", (base, other, word) => {
    expect(compareMetric("onsetMs", onsets(...base), onsets(...other), NOISE)).toMatchObject({ word, difference: null });
  });

  test("a later first EPERM is better", () => {
    expect(compareMetric("onsetMs", onsets(600, 610, 620), onsets(900, 910, 920), NOISE).word).toBe("better");
  });
});
