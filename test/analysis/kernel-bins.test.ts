import fc from "fast-check";
import { expect, test } from "vitest";
import { BIN_NS, BinFold } from "../../src/analysis/bin-fold.ts";
import { kernelBinsOf, withKernelBins } from "../../src/analysis/kernel-bins.ts";
import { aStoredTick } from "../fixtures/runs/story.ts";

const EARLY = { startNs: 0, endNs: null };
const moved = (drop: number) => ({ drop: { moved: drop }, earlyDrop: { moved: 0 }, insertFailed: { moved: 2 * drop }, chainTooLong: { moved: 0 } });
const sampled = fc.record({ at: fc.integer({ min: 0, max: 30 }), count: fc.option(fc.nat(1000)), drop: fc.nat(50) });
const ticked = fc.record({ at: fc.integer({ min: 1, max: 30 }), sent: fc.nat(100), thread: fc.nat(2) });

/** At even instants, where no event is split between two bins: how it is rounded depends on how wide they were when it came. */
function fold({ ticks = [], samples = [], most = 40 }: { ticks?: { at: number; sent: number; thread: number }[]; samples?: { at: number; count: number | null; drop: number }[]; most?: number }): BinFold {
  const bins = new BinFold({ most });
  const inOrder = <T extends { at: number }>(list: readonly T[]): T[] => list.toSorted((a, b) => a.at - b.at);
  for (const { at, sent, thread } of inOrder(ticks)) bins.addTick(aStoredTick({ phase: at, thread, atNs: at * BIN_NS, attempted: sent, sent, answered: { NOERROR: sent }, latenciesUs: { 96: sent } }), EARLY);
  for (const { at, count, drop } of inOrder(samples)) bins.addSample({ type: "sample", atNs: at * BIN_NS, count, max: 1000 }, moved(drop), [{ startNs: at * BIN_NS, endNs: null }]);
  return bins;
}

test("bins of ticks and of samples that were folded apart are those that are folded together", () => {
  fc.assert(
    fc.property(fc.array(ticked, { maxLength: 12 }), fc.array(sampled, { maxLength: 12 }), (ticks, samples) => {
      const { binNs, bins } = fold({ ticks, samples });
      expect(withKernelBins(fold({ ticks }), kernelBinsOf(fold({ samples })))).toEqual({ binNs, bins });
    }),
  );
});

test("of two widths the greater counts, and nothing is lost", () => {
  fc.assert(
    fc.property(fc.array(ticked, { maxLength: 12 }), fc.array(sampled, { maxLength: 12 }), fc.constantFrom(2, 5, 40), fc.constantFrom(2, 5, 40), (ticks, samples, mostTicks, mostSamples) => {
      const apart = [fold({ ticks, most: mostTicks }), fold({ samples, most: mostSamples })] as const;
      const widthNs = Math.max(apart[0].binNs, apart[1].binNs);
      const { binNs, bins } = withKernelBins(apart[0], kernelBinsOf(apart[1]));
      expect(binNs).toBe(widthNs);
      const total = (of: (bin: (typeof bins)[number]) => number | null): number => bins.reduce((sum, bin) => sum + (of(bin) ?? 0), 0);
      expect(total(({ sent }) => sent)).toBe(ticks.reduce((sum, { sent }) => sum + sent, 0));
      expect(total(({ drop }) => drop)).toBe(samples.reduce((sum, { drop }) => sum + drop, 0));
      expect(total(({ insertFailed }) => insertFailed)).toBe(2 * total(({ drop }) => drop));
      for (const { at, count } of samples) expect(bins[Math.floor((at * BIN_NS) / binNs)]?.count ?? -1).toBeGreaterThanOrEqual(count ?? -1);
    }),
  );
});
