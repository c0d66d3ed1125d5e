import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judgeTrial, type Trial } from "../../src/analysis/trial.ts";
import type { Criterion } from "../../src/plan/limit.ts";
import { healthyStory, killedStory, tableFullStory } from "../fixtures/runs/stories.ts";
import type { Story } from "../fixtures/runs/story.ts";
import { toldRun } from "../fixtures/runs/told.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-trial-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const EPERM: Criterion = { kind: "eperm" };
const healthy = healthyStory();

function judged(story: Story, criterion: Criterion): Trial {
  return judgeTrial({ ...toldRun(root, story), directory: "results/x" }, 2000, criterion);
}

/** The same load, planned at another rate or ended by a count. */
function planned(change: object): Story {
  return { ...healthy, plan: { ...healthy.plan, phases: healthy.plan.phases.map((phase) => (phase.kind === "load" ? { ...phase, ...change } : phase)) } };
}

test("a run without EPERM passes, with its shares", () => {
  expect(judged(healthy, EPERM)).toEqual({
    ratePps: 2000, verdict: "pass", epermShare: 0, lossShare: expect.closeTo(12 / 6000) as number, peakShare: expect.closeTo(0.023) as number, reachedShare: 1, doubts: [], directory: "results/x",
  });
});

test("one EPERM fails it; a bound on loss counts refused and unanswered sends alike", () => {
  expect(judged(tableFullStory(), EPERM)).toMatchObject({ verdict: "eperm", peakShare: 1 });
  const { lossShare, epermShare } = judged(tableFullStory(), { kind: "loss", most: 0.9 });
  expect(lossShare).toBeGreaterThanOrEqual(epermShare);
  expect(judged(tableFullStory(), { kind: "loss", most: lossShare })).toMatchObject({ verdict: "pass" });
  expect(judged(tableFullStory(), { kind: "loss", most: lossShare - 1e-6 })).toMatchObject({ verdict: "loss" });
});

test.each([
  ["too few queries in a duration", { ratePps: 2200 }, 2000 / 2200],
  ["a count that took too long", { ratePps: 4000, durationMs: null, queries: 6000 }, 1500 / 2850],
])("a rate that was not reached is the generator's limit: %s", (_, change, reached) => {
  expect(judged(planned(change), EPERM)).toMatchObject({ verdict: "generator", reachedShare: expect.closeTo(reached, 3) as number });
});

test("a rate that was reached within the grace passes", () => {
  expect(judged(planned({ ratePps: 2050 }), EPERM)).toMatchObject({ verdict: "pass" });
});

test("answers that are missing from a rate that was not reached may be the generator's loss, refusals are not", () => {
  const bound: Criterion = { kind: "loss", most: 0.001 };
  expect(judged(healthy, bound).verdict).toBe("loss");
  expect(judged(planned({ ratePps: 2200 }), bound).verdict).toBe("generator");
  const story = tableFullStory();
  const phases = story.plan.phases.map((phase) => (phase.kind === "load" ? { ...phase, ratePps: 9000 } : phase));
  expect(judged({ ...story, plan: { ...story.plan, phases } }, bound).verdict).toBe("loss");
});

test("EPERM below a rate that was not reached still fails it", () => {
  const story = tableFullStory();
  const phases = story.plan.phases.map((phase) => (phase.kind === "load" ? { ...phase, ratePps: 9000 } : phase));
  expect(judged({ ...story, plan: { ...story.plan, phases } }, EPERM).verdict).toBe("eperm");
});

test("doubts about the lab are told", () => {
  expect(judged({ ...healthy, countAt: () => 7 }, EPERM).doubts).toContain("the lab's table held 7 entries before anything was sent");
  expect(judged(killedStory(), EPERM).doubts).toEqual([]);
});
