import { expect, test } from "vitest";
import { timeLeft } from "../../../src/analysis/live/time-left.ts";
import type { PlannedPhase } from "../../../src/plan/plan.ts";

const FILL = { kind: "fill", entries: 1000 };
const TIMED = { kind: "load", durationMs: 5000, queries: null };
const COUNTED = { kind: "load", durationMs: null, queries: 600 };
const EXEC = { kind: "exec" };
const REST = { kind: "rest", durationMs: 2000 };
const SPEED = { elapsedMs: 1000, count: 400, growthPps: 200, attempted: 200, attemptedPps: 100 };

test.each([
  { what: "a phase of a known length", phases: [TIMED], wanted: { phaseMs: 4000, runMs: 4000, estimated: false } },
  { what: "and those after it", phases: [TIMED, REST], wanted: { phaseMs: 4000, runMs: 6000, estimated: false } },
  { what: "a phase that lasts longer than planned", phases: [TIMED], speed: { elapsedMs: 7000 }, wanted: { phaseMs: 0, runMs: 0, estimated: false } },
  { what: "a fill, by its growth", phases: [FILL, REST], wanted: { phaseMs: 3000, runMs: 5000, estimated: true } },
  { what: "a number of queries, by their rate", phases: [COUNTED], wanted: { phaseMs: 4000, runMs: 4000, estimated: true } },
  { what: "a program, of which nothing is known", phases: [EXEC, REST], wanted: { phaseMs: null, runMs: null, estimated: false } },
  { what: "a phase before one of unknown length", phases: [REST, EXEC, TIMED], wanted: { phaseMs: 1000, runMs: null, estimated: false } },
  { what: "a fill that stands still", phases: [FILL], speed: { growthPps: 0 }, wanted: { phaseMs: null, runMs: null, estimated: false } },
  { what: "a fill that has its entries, and confirms them", phases: [FILL], speed: { count: 1000 }, wanted: { phaseMs: null, runMs: null, estimated: false } },
  { what: "a fill of an unknown table", phases: [FILL], speed: { count: null, growthPps: null }, wanted: { phaseMs: null, runMs: null, estimated: false } },
  { what: "queries that do not go", phases: [COUNTED], speed: { attemptedPps: 0 }, wanted: { phaseMs: null, runMs: null, estimated: false } },
  { what: "no phase", phases: [], wanted: { phaseMs: null, runMs: null, estimated: false } },
])("$what", ({ phases, speed = {}, wanted }) => {
  expect(timeLeft(phases as unknown as PlannedPhase[], 0, { ...SPEED, ...speed })).toEqual(wanted);
});
