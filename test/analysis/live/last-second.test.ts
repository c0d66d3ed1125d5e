import { describe, expect, it, test } from "vitest";
import { LastSamples, LastTicks } from "../../../src/analysis/live/last-second.ts";
import type { SampleRecord } from "../../../src/store/records.ts";
import { aTick, SECOND } from "../../fixtures/runs/story.ts";

const MS = 1e6;

describe("LastTicks", () => {
  /** Two threads with a tick each 100 ms, a little late, of `attempted` sends. */
  function ticksUntil(lastMs: number, attempted = 100): LastTicks {
    const ticks = new LastTicks();
    for (let atMs = 100; atMs <= lastMs; atMs += 100) {
      for (const thread of [0, 1]) ticks.add(aTick({ thread, atNs: (atMs + ((atMs / 100 + thread) % 3)) * MS, attempted }));
    }
    return ticks;
  }

  it.each([100, 300, 1000, 1100, 5000])("gives the rate of a steady load, whenever it is asked for: after %i ms", (lastMs) => {
    for (const afterMs of [5, 50, 150, 250]) expect(ticksUntil(lastMs).rates((lastMs + afterMs) * MS).attemptedPps).toBeCloseTo(2000, -2);
  });

  it("sinks to nothing when no ticks come any more", () => {
    const ticks = ticksUntil(2000);
    expect(ticks.rates(2600 * MS).attemptedPps).toBeCloseTo(800, -2);
    expect(ticks.rates(3100 * MS).attemptedPps).toBe(0);
  });

  it("counts by what became of the sends", () => {
    const ticks = new LastTicks();
    ticks.add(aTick({ atNs: 100 * MS, attempted: 40, failed: { EPERM: 20, ENOBUFS: 3, EAGAIN: 1 }, answered: { NOERROR: 10, "NOERROR+TC": 2 }, unanswered: 5, planned: 50, outstanding: 7, behind: 1 }));
    ticks.add(aTick({ thread: 1, atNs: 100 * MS, planned: 50, unanswered: -1, outstanding: 2, behind: 3 }));
    expect(ticks.rates(110 * MS)).toMatchObject({
      plannedPps: 1000, attemptedPps: 400, epermPps: 200, otherErrorsPps: 40, answeredPps: 120, unansweredPps: 40, outstanding: 9, behind: 4,
    });
  });

  it("knows no plan where a load has no rate, and nothing below nothing", () => {
    const ticks = new LastTicks();
    ticks.add(aTick({ atNs: 100 * MS, attempted: 4, unanswered: -3 }));
    expect(ticks.rates(110 * MS)).toMatchObject({ plannedPps: null, unansweredPps: 0 });
  });

  it("takes percentiles of all threads together, within 6 %", () => {
    const ticks = new LastTicks();
    ticks.add(aTick({ atNs: 100 * MS, latenciesUs: { 96: 98 } }));
    ticks.add(aTick({ thread: 1, atNs: 100 * MS, latenciesUs: { 96: 1, 9728: 1 } }));
    const { p50Ms, p99Ms } = ticks.rates(110 * MS);
    expect([p50Ms, p99Ms]).toEqual([0.099, 0.099]);
    ticks.add(aTick({ thread: 1, atNs: 110 * MS, latenciesUs: { 9728: 4 } }));
    expect(ticks.rates(110 * MS).p99Ms).toBeCloseTo(10.2, 1);
  });

  it("knows no latency without answers, or of ticks that tell none", () => {
    const ticks = new LastTicks();
    ticks.add(aTick({ atNs: 100 * MS, answered: { NOERROR: 1 } }));
    expect(ticks.rates(110 * MS)).toMatchObject({ p50Ms: null, p99Ms: null });
  });

  test("a new phase begins anew", () => {
    const ticks = ticksUntil(3000);
    ticks.clear();
    expect(ticks.rates(3050 * MS)).toMatchObject({ attemptedPps: 0, outstanding: 0 });
    ticks.add(aTick({ atNs: 3200 * MS, attempted: 10 }));
    expect(ticks.rates(3210 * MS).attemptedPps).toBe(100);
  });
});

describe("LastSamples", () => {
  const sample = (atS: number, differs: Partial<SampleRecord> = {}): SampleRecord => ({ type: "sample", atNs: atS * SECOND, count: 0, max: 100, ...differs });

  function seen(columns: string[] | null, ...samples: SampleRecord[]): ReturnType<LastSamples["rates"]> {
    const last = new LastSamples();
    last.setColumns(columns);
    for (const one of samples) last.add(one);
    return last.rates();
  }

  it("knows nothing before the first sample, and no rate after one", () => {
    const unknown = { growthPps: null, dropPps: null, earlyDropPps: null };
    expect(seen(["drop", "early_drop"])).toEqual({ count: null, max: null, ...unknown });
    expect(seen(["drop", "early_drop"], sample(1, { count: 5 }))).toEqual({ count: 5, max: 100, ...unknown });
  });

  it("gives rates of the last second, from totals that are told when they change", () => {
    const samples = [sample(0, { stat: { drop: 7 } }), sample(1, { count: 10 }), sample(1.5, { count: 40, stat: { drop: 17, early_drop: 4 } }), sample(2, { count: 60 })];
    expect(seen(["drop", "early_drop"], ...samples)).toEqual({ count: 60, max: 100, growthPps: 50, dropPps: 10, earlyDropPps: 4 });
  });

  it.each([{ columns: null, dropPps: null, earlyDropPps: null }, { columns: ["drop"], dropPps: 0, earlyDropPps: null }])("does not know what the kernel does not count: $columns", ({ columns, ...wanted }) => {
    expect(seen(columns, sample(0), sample(1))).toMatchObject(wanted);
  });

  it("does not know the growth of a table whose entries are unknown", () => {
    expect(seen([], sample(0), sample(1, { count: null }))).toMatchObject({ count: null, growthPps: null });
  });
});
