import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LatencyFold } from "../../src/analysis/latency.ts";
import { summarize } from "../../src/analysis/summarize.ts";
import type { Summary } from "../../src/analysis/summary.ts";
import { epermShare } from "../../src/model/early-drop.ts";
import { openRun } from "../../src/store/read-run.ts";
import { leftoversStory } from "../fixtures/runs/causes.ts";
import { earlyDropStory, healthyStory, heldBackStory, killedStory, loweredLastStory, loweredMaxStory, tableFullStory, untrackedStory } from "../fixtures/runs/stories.ts";
import { encoded, storeRun } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-summarize-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

function summaryOf(story: Story): Summary {
  return summarize(openRun(storeRun(root, story))).summary;
}

function kinds(summary: Summary): string[] {
  return summary.verdict.findings.map(({ kind }) => kind);
}

describe("a full table", () => {
  test("is named, and every number agrees with the facts", () => {
    const summary = summaryOf(tableFullStory());
    expect(summary.verdict.cause).toBe("table-full");
    expect(summary.verdict.against).toEqual([]);
    expect(summary.verdict.findings).toEqual([]);
    expect(summary.expectation).toEqual({ expected: "table-full", met: true });
    expect(summary.sends).toEqual({
      attempted: 6000,
      sent: 1684,
      answered: 1684,
      unanswered: 0,
      late: 0,
      open: 0,
      lateSeen: true,
      stray: 0,
      strays: {},
      outcomes: { NOERROR: 1684 },
      icmp: null,
      retries: 0,
      recovered: 0,
      gaveUp: 0,
      failed: { EPERM: 4316 },
    });
    expect(summary.attribution).toEqual({
      eperm: 4316,
      drop: 4316,
      earlyDrop: 378,
      insertFailed: 0,
      chainTooLong: 0,
      clashResolved: 0,
      explainedShare: 1,
      byRule: null,
      remainder: 0,
      remainderCause: null,
      bins: { explained: 24, partly: 0, unexplained: 0 },
    });
    expect(summary.onset).toEqual({
      atMs: 4712,
      sinceLoadMs: expect.closeTo(655, 6),
      count: 262_144,
      max: 262_144,
      share: 1,
      // Six ticks of 200, and the 55 % of the seventh that had passed, of which 116 went out.
      flowsOpened: 1264,
      leadMs: expect.closeTo(2, 6),
    });
    expect(summary.table).toEqual({
      max: 262_144,
      buckets: 262_144,
      peak: 262_144,
      filler: { protocol: "udp", state: "REPLIED", assured: true, share: 260_838 / 262_144 },
      inserted: 0,
    });
    expect(summary.run.durationMs).toBe(7500);
  });

  test("rates are taken until the last attempt, and CPU time is unknown where no record tells it", () => {
    const summary = summaryOf(tableFullStory());
    expect(summary.load).toEqual({ durationMs: expect.closeTo(3000, 6), attemptedPps: expect.closeTo(2000, 6), answeredPps: expect.closeTo(1684 / 3, 6) });
    expect(summary.cpu).toEqual({ kernelUsPerQuery: null, programUsPerQuery: null, hostSoftirqUsPerQuery: null });
  });

  test("that ended before its load sent anything is told in one sentence, and not held against each cause", () => {
    const { verdict } = summaryOf({ ...healthyStory(), state: "interrupted", ticks: [], latencies: [] });
    expect(verdict).toMatchObject({ cause: "inconclusive", sentence: "The run ended before its load sent anything: there is nothing to judge.", against: [] });
    expect(verdict.evidence).toEqual([expect.stringContaining("the table's peak was")]);
    expect(verdict.next).not.toEqual([]);
  });

  test("CPU time is told for each attempted send", () => {
    const story = tableFullStory();
    const cpu = { type: "load-cpu", atNs: 7.1e9, phase: 1, senders: { userNs: 60e6, systemNs: 120e6 }, host: null } as const;
    expect(summaryOf({ ...story, events: [cpu] }).cpu).toEqual({ kernelUsPerQuery: 20, programUsPerQuery: 10, hostSoftirqUsPerQuery: null });
  });

  test("is more than full where max was lowered below the entries that were there", () => {
    const { correlation, table, verdict } = summaryOf(loweredMaxStory());
    expect(correlation.threshold).toEqual({ share: 102_720 / 4000, count: 102_720 });
    expect(table).toMatchObject({ peak: 102_720, max: 4000 });
    expect(verdict.findings).toEqual([{ kind: "max-changed", text: "nf_conntrack_max changed from 262,144 to 4,000, seen 3.500 s after the start: another process set it" }]);
  });

  test("is no less healthy where max was lowered so at the end, and is not said never to have held more", () => {
    const { cause, sentence, against, findings } = summaryOf(loweredLastStory()).verdict;
    expect(cause).toBe("healthy");
    expect(sentence).toBe("Nothing failed: all 6,000 sends went out, and max was lowered below the entries that the table held: it was 102.7 % full.");
    expect(against).toEqual(["until enough entries have expired a new one finds no room, but in the place of one that is not ASSURED"]);
    expect(findings.map(({ kind }) => kind)).toContain("max-changed");
  });

  test("is compared with the model from the moment it was full", () => {
    expect(summaryOf(tableFullStory()).model).toEqual({
      evictable: 1306,
      assured: 260_838,
      buckets: 262_144,
      predictedEpermShare: epermShare({ evictable: 1306, buckets: 262_144 }),
      measuredEpermShare: 0.92,
    });
  });

  test("merges latencies before it takes percentiles", () => {
    const { latency } = summaryOf(tableFullStory());
    expect(latency).toEqual({ p50: 1, p90: 1, p99: expect.closeTo(40, 1), max: expect.closeTo(40, 1) });
  });

  test("a sampler that saw the table fill too late still counts the next sample", () => {
    const story = tableFullStory();
    const steep: Story = { ...story, countAt: (atS) => (atS < 4.715 ? 200_000 : 262_144) };
    const summary = summaryOf(steep);
    expect(summary.verdict.cause).toBe("table-full");
    expect(summary.onset?.count).toBe(200_000 + Math.round(62_144 * 0.2));
    expect(summary.onset?.leadMs).toBeCloseTo(-8, 6);
  });

  test("without a drop counter nothing is settled, and the summary says what would", () => {
    const { verdict, attribution } = summaryOf({ ...tableFullStory(), totalsAt: () => ({}), columns: { stat: null } });
    expect(verdict.cause).toBe("inconclusive");
    expect(attribution).toMatchObject({ eperm: 4316, drop: null, earlyDrop: null, explainedShare: null });
    expect(verdict.next).toContain("conntrack -S");
    expect(verdict.findings.map(({ kind }) => kind)).toEqual(["counters-missing"]);
  });

  test("EPERM while no counter moves is not blamed on the table", () => {
    const { verdict } = summaryOf({ ...tableFullStory(), totalsAt: () => ({}) });
    expect(verdict.cause).toBe("inconclusive");
    expect(verdict.against.join("\n")).toContain("not table-full: it needs drop counters that explain 95.0 % of the EPERM");
    expect(verdict.next).toContain("nft list ruleset");
  });
});

test("eviction that hides a full table is named", () => {
  const summary = summaryOf(earlyDropStory());
  expect(summary.verdict.cause).toBe("early-drop-masked");
  expect(summary.attribution).toMatchObject({ eperm: 0, drop: 0, earlyDrop: 4000, explainedShare: null });
  expect(summary.model).toMatchObject({ evictable: 65_536, assured: 0, measuredEpermShare: 0 });
  expect(summary.model.predictedEpermShare).toBeLessThan(1e-6);
  expect(summary.onset).toBeNull();
  expect(kinds(summary)).toEqual([]);
});

test("entries that were inserted are counted as such", () => {
  const { table, onset } = summaryOf(leftoversStory());
  expect(table).toMatchObject({ inserted: 260_838, filler: { protocol: "tcp", state: "ESTABLISHED", assured: true } });
  expect(onset?.flowsOpened).toBe(260_838 + 1264);
});

test("queries that never reach the table are named", () => {
  const summary = summaryOf(untrackedStory());
  expect(summary.verdict.cause).toBe("untracked");
  expect(summary.table.peak).toBe(0);
  expect(summary.verdict.next).toContain("nft add rule inet track out ct state new counter");
  expect(summary.model).toMatchObject({ evictable: null, predictedEpermShare: null, measuredEpermShare: null });
});

test("a run in which nothing failed is healthy", () => {
  const summary = summaryOf(healthyStory());
  expect(summary.verdict.cause).toBe("healthy");
  expect(summary.sends).toMatchObject({ attempted: 6000, sent: 6000, answered: 5988, unanswered: 12, failed: {} });
  expect(summary.table.peak).toBe(6000);
  expect(summary.verdict.next).toEqual([]);
});

describe("a load with a rate", () => {
  test("is told by what it planned and achieved, how late it was, and its latency with and without that", () => {
    const { pacing, latency, uncorrectedLatency } = summaryOf(heldBackStory());
    expect(pacing).toMatchObject({ planned: 7500, attempted: 6000, dropped: 1500, plannedPps: 2500, achievedPps: 2000 });
    expect(pacing?.lateness?.p50).toBeCloseTo(94, 0);
    expect([latency.p50, uncorrectedLatency?.p50].map((value) => value?.toFixed(1))).toEqual(["95.0", "0.3"]);
  });

  test("is not told where it was not recorded", () => {
    expect(summaryOf(healthyStory())).toMatchObject({ pacing: null, uncorrectedLatency: null });
  });

  test("whose queries are tried again plans each once", () => {
    const story = heldBackStory();
    const ticks = story.ticks.map((tick) => ({ ...tick, attempted: 101, sent: 100, failed: { EPERM: 1 }, retries: 1, recovered: 1 }));
    const { pacing, books } = summaryOf({ ...story, ticks });
    expect(pacing).toMatchObject({ planned: 7500, attempted: 6000, dropped: 1500 });
    expect(books.balanced).toBe(true);
  });

  test("stands beside one without: of that, the only latency there is counts", () => {
    const fold = new LatencyFold();
    const add = (tag: string, milliseconds: number[]): void => {
      const histogram = decodeFromCompressedBase64(encoded(milliseconds));
      histogram.tag = tag;
      fold.add(histogram);
    };
    add("load-0", [50, 50]);
    expect(fold.uncorrected()).toBeNull();
    add("load-1", [20]);
    add("uncorrected-1", [1]);
    expect(fold.uncorrected()?.p50).toBeCloseTo(50, 0);
    expect(fold.uncorrected()?.max).toBeCloseTo(50, 0);
    expect(fold.finish().p50).toBeCloseTo(50, 0);
    expect([fold.lateness(), fold.lateness(1)]).toEqual([null, null]);
    add("lateness-1", [19]);
    expect([fold.lateness(0), fold.lateness(1)?.max.toFixed(0)]).toEqual([null, "19"]);
  });
});

test("a pool of a few sockets is tracked, though it leaves few entries", () => {
  const story = healthyStory();
  const phases = story.plan.phases.map((phase) => ({ ...phase, strategy: "pool", flowSpace: 10 }));
  const pool: Story = { ...story, plan: { ...story.plan, phases }, countAt: (atS) => (atS < 0.5 ? 0 : 10) };
  expect(summaryOf(pool).verdict.cause).toBe("healthy");
});

test("a killed run is judged as far as its facts go, and says so", () => {
  const summary = summaryOf(killedStory());
  expect(summary.verdict.cause).toBe("table-full");
  expect(summary.run).toMatchObject({ state: "running", durationMs: null });
  expect(kinds(summary)).toEqual(["not-finished"]);
  expect(summary.attribution).toMatchObject({ eperm: 84 + 13 * 184, explainedShare: expect.closeTo(1, 1) });
  // No failure record was kept: the onset is the end of the first tick that counts an EPERM.
  expect(summary.onset).toMatchObject({ atMs: 4757, leadMs: expect.closeTo(47, 6) });
});

test("no load at all is inconclusive, not healthy", () => {
  const story = healthyStory();
  const { verdict } = summaryOf({ ...story, ticks: [], phases: [{ from: 0, to: 0.5 }] });
  expect(verdict.cause).toBe("inconclusive");
});

describe("latencies that were not stored", () => {
  const killed = killedStory();
  const withTicks: Story = { ...killed, latencies: [], ticks: killed.ticks.map((tick) => ({ ...tick, latenciesUs: { 992: (tick.answered["NOERROR"] ?? 0) } })) };

  test.each([["ticks", []], ["histograms", [Array.from({ length: 3000 }, (_, i) => 1 + i / 1000)]]])("come from the %s, whether the bins hold them or not", (source, latencies) => {
    const stored = openRun(storeRun(root, { ...withTicks, latencies }));
    const { summary, timeline } = summarize(stored, { latencies: false });
    expect(summary.latencySource).toBe(source);
    expect(summary).toEqual(summarize(stored).summary);
    expect(timeline.bins.every(({ latenciesUs }) => latenciesUs === null)).toBe(true);
  });

  test("are told by the ticks, coarsely", () => {
    const summary = summaryOf(withTicks);
    expect(summary.latencySource).toBe("ticks");
    expect(summary.latency).toEqual({ p50: 1.023, p90: 1.023, p99: 1.023, max: 1.023 });
    expect(summary.uncorrectedLatency).toBeNull();
  });

  test("are told by the ticks where the log is cut short", () => {
    expect(summaryOf({ ...withTicks, latencies: [[1, 40]] }).latencySource).toBe("ticks");
  });

  test("are not where the histograms hold every answer", () => {
    const answers = killed.ticks.reduce((sum, { answered }) => sum + (answered["NOERROR"] ?? 0), 0);
    const summary = summaryOf({ ...withTicks, latencies: [Array.from({ length: answers }, () => 2)] });
    expect(summary).toMatchObject({ latencySource: "histograms", latency: { p50: expect.closeTo(2, 2) } });
  });

  test("are unknown of a run whose ticks have none", () => {
    const summary = summaryOf({ ...killed, latencies: [] });
    expect(summary.sends.answered).toBeGreaterThan(0);
    expect(summary).toMatchObject({ latencySource: null, latency: { p50: null } });
  });
});
