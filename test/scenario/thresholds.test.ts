import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { readScenario } from "../../src/scenario/load.ts";
import { OPERATORS, parseCondition } from "../../src/scenario/thresholds.ts";
import type { Threshold } from "../../src/scenario/thresholds.ts";

const HEAD = "name: x\nphases: [{ rest: { duration: 2s } }]\nthresholds:\n  ";
const thresholdsOf = (text: string): Threshold[] => readScenario(`${HEAD}${text}\n`, "f.yaml").scenario.thresholds;

function complaint(text: string): string {
  try {
    thresholdsOf(text);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("thresholds in a scenario", () => {
  test("are read as k6 reads them", () => {
    expect(thresholdsOf('latency: ["p(99.9) < 50", "avg<=3.5"]\n  eperm_share: [{ threshold: "rate<0.2", abortOnFail: true, delayAbortEval: 2s }]')).toEqual([
      { metric: "eperm_share", text: "rate<0.2", aggregation: "rate", percentile: null, operator: "<", bound: 0.2, abortOnFail: true, delayAbortEvalMs: 2000 },
      { metric: "latency", text: "p(99.9) < 50", aggregation: "p", percentile: 99.9, operator: "<", bound: 50, abortOnFail: false, delayAbortEvalMs: 0 },
      { metric: "latency", text: "avg<=3.5", aggregation: "avg", percentile: null, operator: "<=", bound: 3.5, abortOnFail: false, delayAbortEvalMs: 0 },
    ]);
  });

  test.each([
    ['eperm_share: "rate<0.01"', 'f.yaml:4:16: thresholds.eperm_share: "rate<0.01" is not a list; write eperm_share: ["rate<0.01"]'],
    ['eperm_shar: ["rate<0.01"]', "f.yaml:4:3: thresholds.eperm_shar: is not known here; write eperm_share"],
    ['errors: ["rate<0.01"]', "f.yaml:4:3: thresholds.errors: is not known here; write one of eperm_share, answered_share, explained_share, onset_share, peak_occupancy, onset, attempted, answered, unanswered, dropped, kernel_dropped, early_dropped, latency"],
    ['eperm_share: ["p(99)<0.01"]', "f.yaml:4:17: thresholds.eperm_share[0]: eperm_share has no aggregation p(99); write rate, for example rate<0.01"],
    ['latency: ["p(99)<50", "p<1"]', "f.yaml:4:25: thresholds.latency[1]: latency has no aggregation p; write one of avg, min, med, max, p(99), for example p(99)<50"],
    ['latency: ["avg(3)<1"]', "f.yaml:4:13: thresholds.latency[0]: latency has no aggregation avg(3); write one of avg, min, med, max, p(99), for example p(99)<50"],
    ['latency: ["p(101)<1"]', "f.yaml:4:13: thresholds.latency[0]: p(101) is beyond the last percentile; write at most p(100)"],
    ['eperm_share: ["rate<5"]', "f.yaml:4:17: thresholds.eperm_share[0]: 5 is more than the whole: eperm_share is a share from 0 to 1; write for example rate<0.01"],
    ['eperm_share: ["rate 0.01"]', 'f.yaml:4:17: thresholds.eperm_share[0]: "rate 0.01" is not a condition (aggregation, operator, number); write for example rate<0.01'],
    ["eperm_share: [5]", 'f.yaml:4:17: thresholds.eperm_share[0]: 5 is not a condition; write "rate<0.01"'],
    ["eperm_share: [[a]]", 'f.yaml:4:17: thresholds.eperm_share[0]: a list is not a condition; write "rate<0.01"'],
    ["eperm_share: []", 'f.yaml:4:3: thresholds.eperm_share: is empty; write eperm_share: ["rate<0.01"]'],
    ['eperm_share: [{ threshold: "rate<0.2", abortOnFai: true }]', "f.yaml:4:42: thresholds.eperm_share[0].abortOnFai: is not known here; write abortOnFail"],
    ["eperm_share: [{ abortOnFail: 3 }]", 'f.yaml:4:17: thresholds.eperm_share[0].threshold: is missing; write threshold: "rate<0.01"\nf.yaml:4:32: thresholds.eperm_share[0].abortOnFail: 3 is not true or false; write abortOnFail: true'],
    ['eperm_share: [{ threshold: "max<1", delayAbortEval: 2 }]', "f.yaml:4:55: thresholds.eperm_share[0].delayAbortEval: 2 has no unit; write 2s or 2ms"],
    ['eperm_share: [{ threshold: "max<1" }]', "f.yaml:4:30: thresholds.eperm_share[0].threshold: eperm_share has no aggregation max; write rate, for example rate<0.01"],
    ['latency: [{ threshold: "p(99)<2", abortOnFail: true }]', "f.yaml:4:50: thresholds.latency[0].abortOnFail: is known only when the run has ended, so abortOnFail has no use; leave it out (it is of use in eperm_share, peak_occupancy, onset, answered)"],
  ])("%s", (text, message) => {
    expect(complaint(text)).toBe(message);
  });
});

describe("parseCondition", () => {
  test("reads back what it is given", () => {
    const number = fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => Number(value.toFixed(3)));
    const blank = fc.constantFrom("", " ", "  ");
    fc.assert(
      fc.property(number, fc.constantFrom(...OPERATORS), fc.integer({ min: 0, max: 100 }), blank, (bound, operator, percentile, gap) => {
        expect(parseCondition(`p(${percentile})${gap}${operator}${gap}${bound.toFixed(3)}`, "latency")).toEqual({ ok: true, value: { aggregation: "p", percentile, operator, bound } });
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseCondition(text, "latency")));
  });
});
