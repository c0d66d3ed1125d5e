import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groupDoubts } from "../../src/analysis/compare/comparable.ts";
import type { Summary } from "../../src/analysis/summary.ts";
import type { Story } from "../fixtures/runs/story.ts";
import { toldRun } from "../fixtures/runs/told.ts";
import {
  watchedBlindStory, watchedCalmStory, watchedChainStory, watchedClashStory, watchedFullStory, watchedIdleStory, watchedLoweredStory, watchedMaskedStory, watchedRouterStory, watchedSpikeStory, watchedUnsettledStory, watchedUntrackedStory,
} from "../fixtures/runs/watched.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-watched-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const summaryOf = (story: Story): Summary => toldRun(root, story).summary;

test.each([
  [watchedFullStory(), "table-full"],
  [watchedRouterStory(), "table-full"],
  [watchedSpikeStory(), "table-full"],
  [watchedMaskedStory(), "early-drop-masked"],
  [watchedClashStory(), "insert-clash"],
  [watchedChainStory(), "chain-too-long"],
  [watchedUnsettledStory(), "inconclusive"],
  [watchedBlindStory(), "inconclusive"],
  [watchedCalmStory(), "healthy"],
  [watchedLoweredStory(), "healthy"],
  [watchedUntrackedStory(), "untracked"],
  [watchedIdleStory(), "healthy"],
] as const)("$0.name is $1", (story, cause) => {
  const { verdict } = summaryOf(story);
  expect(verdict.cause).toBe(cause);
  expect(verdict.sentence).not.toMatch(/unknown packet|NaN|null/);
});

describe("a full table that was watched", () => {
  test("is told by the kernel's counters over the whole watch", () => {
    const summary = summaryOf(watchedFullStory());
    expect(summary.run).toMatchObject({ scenario: "watch", state: "finished" });
    expect(summary.watch).toEqual({ namespace: "network namespace blue", everyMs: 1000, dropWhileFull: 600, outDiscards: 540, outRequests: null });
    expect(summary.attribution).toMatchObject({ eperm: 0, drop: 600, earlyDrop: 60, insertFailed: 0 });
    expect(summary.table).toMatchObject({ max: 4096, buckets: 4096, peak: 4096, filler: { protocol: "tcp", state: "TIME_WAIT" } });
    expect(summary.verdict.next).toContain("sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=10");
  });

  test("raises no doubt that only a run's own traffic can", () => {
    expect(summaryOf(watchedFullStory()).verdict.findings).toEqual([]);
    expect(summaryOf(watchedCalmStory()).verdict.findings).toEqual([]);
  });

  test("says of a router that no send there met an error", () => {
    expect(summaryOf(watchedRouterStory()).verdict.against).toEqual([expect.stringContaining("OutDiscards did not move")]);
  });
});

test("a max below the entries that are there is told as lowered", () => {
  const { sentence, against } = summaryOf(watchedLoweredStory()).verdict;
  expect(sentence).toBe("Nothing was dropped, and max was lowered below the entries that the table held: it was 125.0 % full.");
  expect(against).toEqual(["until enough entries have expired a new one finds no room, but in the place of one that is not ASSURED"]);
});

describe("an empty table that was watched", () => {
  test("is untracked by the packets that left no entry", () => {
    const { findings, ...verdict } = summaryOf(watchedUntrackedStory()).verdict;
    expect(findings).toEqual([]);
    expect(verdict).toMatchObject({ sentence: "Nothing was tracked, so this table cannot fill: 50 packets went out and left no entry in it.", against: [], next: expect.arrayContaining(["tablefull doctor"]) });
  });

  test("says what nobody asked where the rules alone tell", () => {
    const { cause, against } = summaryOf({ ...watchedUntrackedStory(), netAt: () => ({}) }).verdict;
    expect({ cause, against }).toEqual({ cause: "untracked", against: [expect.stringContaining("iptables-legacy")] });
  });

  test("is idle where a rule asks for tracking and nothing was sent", () => {
    expect(summaryOf(watchedIdleStory()).verdict.against).toEqual([expect.stringContaining("no entry was seen")]);
  });
});

test("is not compared: it sent nothing", () => {
  expect(groupDoubts({ name: "base", runs: [toldRun(root, watchedFullStory())] })).toEqual([expect.stringContaining("is a record of watch")]);
});

test("a counter that is not shown is named, and not told as 0", () => {
  const summary = summaryOf(watchedBlindStory());
  expect(summary.watch?.dropWhileFull).toBeNull();
  expect(summary.attribution.drop).toBeNull();
  expect(summary.verdict.evidence).toContain("drop cannot be read here");
  expect(summary.verdict.findings.map(({ kind }) => kind)).toContain("counters-missing");
});
