import fc from "fast-check";
import { expect, test } from "vitest";
import { attribute } from "../../src/analysis/attribution.ts";
import type { Timeline } from "../../src/analysis/timeline.ts";
import { loadWindows } from "../../src/analysis/windows.ts";
import { RunFold } from "../fixtures/runs/run-fold.ts";
import { aStoredTick } from "../fixtures/runs/story.ts";

const MS = 1e6;
/** Phases of the given kinds, 1 s each, a sample every 100 ms; `drops` fall evenly on each phase. */
function timelineOf(phases: readonly { kind: string; drops: number; eperm: number }[]): Timeline {
  const fold = new RunFold([]);
  fold.addKernel({ type: "columns", atNs: 0, stat: ["drop"], net: null, kernelLog: "readable" });
  let drop = 0;
  fold.addKernel({ type: "sample", atNs: 0, count: 0, max: 10 });
  for (const [phase, { kind, drops, eperm }] of phases.entries()) {
    const fromNs = phase * 1000 * MS;
    fold.addEvent({ type: "phase-start", atNs: fromNs, phase, kind });
    for (let step = 1; step <= 10; step += 1) {
      fold.addKernel({ type: "sample", atNs: fromNs + step * 100 * MS, count: 0, max: 10, stat: { drop: drop + Math.round((drops * step) / 10) } });
    }
    drop += drops;
    fold.addSender(aStoredTick({ phase, atNs: fromNs + 900 * MS, attempted: eperm, failed: { EPERM: eperm } }));
    fold.addEvent({ type: "phase-end", atNs: fromNs + 1000 * MS, phase, kind });
  }
  return fold.finish();
}

test("only the load phases count, each once, whatever stands between them", () => {
  const phase = fc.record({
    kind: fc.constantFrom("fill", "load", "exec"),
    drops: fc.integer({ min: 0, max: 1000 }),
    eperm: fc.integer({ min: 0, max: 1000 }),
  });
  fc.assert(
    fc.property(fc.array(phase, { maxLength: 8 }), (phases) => {
      const loads = phases.filter(({ kind }) => kind === "load");
      const { eperm, drop, earlyDrop } = attribute(timelineOf(phases));
      expect(eperm).toBe(loads.reduce((sum, load) => sum + load.eperm, 0));
      expect(drop).toBe(loads.reduce((sum, load) => sum + load.drops, 0));
      expect(earlyDrop).toBeNull();
    }),
  );
});

test("what a load left to drain into a rest is still its own", () => {
  const load = { kind: "load", drops: 10, eperm: 10 };
  const rest = { kind: "rest", drops: 100, eperm: 0 };
  expect(attribute(timelineOf([load, rest])).drop).toBe(10 + 20);
  expect(loadWindows(timelineOf([rest, load, load, rest]))).toEqual([{ fromNs: 1000 * MS, toNs: 3200 * MS, endNs: 3000 * MS }]);
});

test.each([
  ["a look between the two phases has the load's drops and no other", [[1000.5, 500]], 500],
  ["without one the first sample of the next phase has to do", [], 531],
])("%s", (_, looks, drop) => {
  const fold = new RunFold([]);
  fold.addKernel({ type: "columns", atNs: 0, stat: ["drop"], net: null, kernelLog: "readable" });
  fold.addEvent({ type: "phase-start", atNs: 0, phase: 0, kind: "load" });
  fold.addEvent({ type: "phase-end", atNs: 1000 * MS, phase: 0, kind: "load" });
  fold.addEvent({ type: "phase-start", atNs: 1001 * MS, phase: 1, kind: "exec" });
  for (const [atMs, total] of [[0, 0], [998, 498], ...looks, [1008, 531], [1300, 700]] as const) fold.addKernel({ type: "sample", atNs: atMs * MS, count: 0, max: 10, stat: { drop: total } });
  fold.addEvent({ type: "phase-end", atNs: 1290 * MS, phase: 1, kind: "exec" });
  expect(attribute(fold.finish()).drop).toBe(drop);
});
