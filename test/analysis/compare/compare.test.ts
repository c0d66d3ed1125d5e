import { describe, expect, test } from "vitest";
import { compareGroups } from "../../../src/analysis/compare/compare.ts";
import { comparisonSchema } from "../../../src/analysis/compare/comparison.ts";
import type { MetricComparison, MetricName, Word } from "../../../src/analysis/compare/comparison.ts";
import { overallWord } from "../../../src/analysis/compare/overall.ts";
import { compareWithKept, scenarioChanges } from "../../../src/analysis/compare/regression.ts";
import { compareVerdicts, countVerdicts } from "../../../src/analysis/compare/verdicts.ts";
import type { Cause } from "../../../src/scenario/scenario.ts";
import { aComparedRun, aGroup, HEALTHY } from "../../fixtures/compared-runs.ts";

const NOISE = 0.02;
const withTable = (max: number) => (record: ReturnType<typeof aComparedRun>["run"]) => ({ ...record, plan: { ...(record.plan as object), table: { max, buckets: 262_144 } } });

describe("compareGroups", () => {
  test("each group is held against the first, and the result keeps its schema", () => {
    const comparison = compareGroups(aGroup("base", 5), [aGroup("tuned", 5, HEALTHY), aGroup("same", 3)], { noise: NOISE });
    expect(comparisonSchema.parse(structuredClone(comparison))).toEqual(comparison);
    const [tuned, same] = comparison.contenders;
    expect(tuned).toMatchObject({ name: "tuned", verdicts: { healthy: 5 }, verdict: { word: "better", why: "table-full became healthy" }, overall: { word: "better" } });
    expect(same).toMatchObject({ verdicts: { "table-full": 3 }, verdict: { word: "no difference" }, overall: { word: "no difference" }, incomparable: [], environment: [] });
    expect(tuned?.metrics.map(({ metric, word }) => [metric, word])).toEqual([
      ["answeredShare", "better"],
      ["epermShare", "better"],
      ["explainedShare", "cannot tell"],
      ["answeredPps", "better"],
      ["latencyP99Ms", "cannot tell"],
      ["onsetMs", "better"],
      ["peakOccupancy", "better"],
      ["tableMemoryBytes", "no difference"],
      ["kernelUsPerQuery", "no difference"],
    ]);
  });

  test("the same runs give the same result to the byte", () => {
    const once = (): string => JSON.stringify(compareGroups(aGroup("base", 5), [aGroup("tuned", 5, HEALTHY)], { noise: NOISE }));
    expect(once()).toBe(once());
  });

  test("what cannot be compared is said, whichever group it is in", () => {
    const { contenders } = compareGroups(aGroup("base", 2, { run: { id: "x", scenario: "x", state: "interrupted" } }), [aGroup("new", 1, {}, withTable(524_288))], { noise: NOISE });
    expect(contenders[0]?.incomparable).toEqual(["net.netfilter.nf_conntrack_max is 262144 and 524288", "x of base did not finish (interrupted)"]);
  });
});

describe("overallWord", () => {
  const overall = (words: Partial<Record<MetricName, Word>>): string => {
    const group = { known: 3, never: 0, mean: 1, median: 1, interval: null };
    const metrics = Object.entries(words).map(([metric, word]): MetricComparison => ({ metric: metric as MetricName, base: group, other: group, difference: null, word, why: "" }));
    const { word, why } = overallWord(metrics);
    return `${word}: ${why}`;
  };

  test.each<[Partial<Record<MetricName, Word>>, string]>([
    [{ answeredShare: "better", epermShare: "better", tableMemoryBytes: "worse" }, "better: more of the queries are answered"],
    [{ answeredShare: "worse", epermShare: "better" }, "worse: fewer of the queries are answered"],
    [{ answeredShare: "cannot tell", epermShare: "better" }, "cannot tell: whether more of the queries are answered cannot be told"],
    [{ answeredShare: "no difference", epermShare: "better", answeredPps: "better" }, "no difference: fewer EPERM, but no more answers: the failure only moved"],
    [{ answeredShare: "no difference", epermShare: "worse" }, "no difference: more EPERM, but no fewer answers: the failure only moved"],
    [{ answeredShare: "no difference", epermShare: "no difference", answeredPps: "worse", latencyP99Ms: "better" }, "worse: as many answers, and fewer of them a second"],
    [{ answeredShare: "no difference", epermShare: "no difference", answeredPps: "cannot tell", latencyP99Ms: "better" }, "better: as many answers, and sooner"],
    [{ answeredShare: "no difference", kernelUsPerQuery: "better" }, "no difference: as many of the queries are answered"],
    [{}, "cannot tell: whether more of the queries are answered cannot be told"],
  ])("%j", (words, told) => expect(overall(words)).toBe(told));
});

describe("verdicts", () => {
  const gave = (...causes: Cause[]) => causes.map((cause) => aComparedRun("x", { verdict: { cause } }).summary);

  test.each<[Cause[], Cause[], Word]>([
    [["table-full", "table-full"], ["healthy"], "better"],
    [["healthy"], ["firewall-drop"], "worse"],
    [["table-full"], ["early-drop-masked"], "better"],
    [["table-full"], ["elsewhere"], "cannot tell"],
    [["table-full"], ["inconclusive"], "cannot tell"],
    [["table-full"], ["healthy", "table-full"], "cannot tell"],
    [["untracked"], ["untracked"], "no difference"],
  ])("%j, then %j: %s", (base, other, word) => expect(compareVerdicts(gave(...base), gave(...other)).word).toBe(word));

  test("are counted", () => expect(countVerdicts(gave("healthy", "table-full", "healthy"))).toEqual({ healthy: 2, "table-full": 1 }));
});

describe("against a kept run", () => {
  const kept = aComparedRun("kept");
  const now = (summary: Parameters<typeof aComparedRun>[1], run?: Parameters<typeof aComparedRun>[2]) => compareWithKept(kept, aComparedRun("now", summary, run), { noise: 0.05 });

  test("as it was", () => {
    expect(now({ sends: { attempted: 100_000, answered: 23_500 }, attribution: { eperm: 76_500, explainedShare: 1 } }).word).toBe("no difference");
  });

  test("a slower machine of another kernel is no matter", () => {
    const slow = now({ latency: { p99: 900 }, load: { answeredPps: 1 }, cpu: { kernelUsPerQuery: 900 } }, (record) => ({ ...record, environment: { ...record.environment, kernel: "5.15", cpus: 64 } }));
    expect(slow.metrics.map(({ metric }) => metric)).toEqual(["answeredShare", "epermShare", "explainedShare"]);
    expect(slow.word).not.toBe("worse");
    expect(slow.environment.map(({ kind }) => kind)).toEqual(["kernel", "host"]);
  });

  test.each([
    ["more EPERM", { attribution: { eperm: 90_000, explainedShare: 1 } }],
    ["EPERM that nothing explains", { attribution: { eperm: 76_800, explainedShare: 0.5 } }],
    ["fewer answers", { sends: { attempted: 100_000, answered: 10_000 } }],
  ])("%s is worse", (_, summary) => expect(now(summary).word).toBe("worse"));

  test("a failure where there was none is worse, whatever the shares", () => {
    const { word, verdict } = compareWithKept(aComparedRun("kept", { verdict: { cause: "healthy" } }), aComparedRun("now"), { noise: 0.05 });
    expect([word, verdict.why]).toEqual(["worse", "healthy became table-full"]);
  });

  test("shares of another table are not held against each other, what explains them is", () => {
    const { metrics, word } = now({ attribution: { eperm: 90_000, explainedShare: 0.5 } }, withTable(65_536));
    expect(metrics.map((metric) => metric.word)).toEqual(["cannot tell", "cannot tell", "worse"]);
    expect(metrics[1]?.why).toBe("another table: net.netfilter.nf_conntrack_max is 262144 and 65536");
    expect(word).toBe("worse");
  });

  test("another scenario is named once, another setting as what it was and is", () => {
    const plan = (name: string, rate: number | null) => ({ scenario: { name, about: "x", phases: [{ ratePps: rate }] }, table: { max: 1, buckets: 1 }, target: {}, phases: [] });
    expect(scenarioChanges(plan("a", 5), plan("a", 5))).toEqual([]);
    expect(scenarioChanges(plan("a", 5), plan("b", 6))).toEqual(["it is of a, and this is b"]);
    expect(scenarioChanges(plan("a", 5), plan("a", null))).toEqual(["phases[0].ratePps was 5 and is not set"]);
  });
});
