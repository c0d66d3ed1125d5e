import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epermShare, noVictimShare } from "../../src/model/early-drop.ts";
import { simulateEviction } from "./eviction-simulation.ts";

const BUCKETS = 262_144;

describe("epermShare", () => {
  it.each([
    { regime: "kernel default since 5.15 (M = H)", evictable: BUCKETS, buckets: BUCKETS, share: 5e-8, within: 0.5e-8 },
    { regime: "kernel default before 5.15 (M = 4H)", evictable: 4 * BUCKETS, buckets: BUCKETS, share: 0, within: 1e-20 },
    { regime: "65536 / 262144", evictable: 65_536, buckets: BUCKETS, share: 0.0145, within: 0.0005 },
    { regime: "16384 / 262144", evictable: 16_384, buckets: BUCKETS, share: 0.35, within: 0.005 },
    { regime: "2048 / 262144", evictable: 2048, buckets: BUCKETS, share: 0.88, within: 0.005 },
    { regime: "measured: 2000 / 262144, 3507 of 4000", evictable: 2000, buckets: BUCKETS, share: 0.877, within: 0.01 },
    { regime: "measured: 2000 / 1024, 0 of 10,000", evictable: 2000, buckets: 1024, share: 0, within: 1e-9 },
  ])("agrees with KERNEL.md: $regime", ({ evictable, buckets, share, within }) => {
    expect(Math.abs(epermShare({ evictable, buckets }) - share)).toBeLessThanOrEqual(within);
  });

  it("is 1 where everything is ASSURED", () => {
    expect(epermShare({ evictable: 0, buckets: BUCKETS })).toBe(1);
  });

  it("stays sound at the ends of the range", () => {
    expect(epermShare({ evictable: 1, buckets: 2 ** 40 })).toBeCloseTo(1, 9);
    expect(epermShare({ evictable: Number.MIN_VALUE, buckets: 2 ** 32 })).toBe(1);
    expect(epermShare({ evictable: 1e300, buckets: 1 })).toBe(0);
    expect(epermShare({ evictable: Number.MAX_VALUE, buckets: 1 })).toBe(0);
  });

  const positive = fc.double({ min: 1e-6, max: 1e12, noNaN: true });

  it("is a share, and never above the share that finds no victim", () => {
    fc.assert(
      fc.property(positive, positive, (evictable, buckets) => {
        const share = epermShare({ evictable, buckets });
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(noVictimShare({ evictable, buckets }) * (1 + 1e-12));
      }),
    );
  });

  it("falls as more can be evicted, and rises with the buckets", () => {
    fc.assert(
      fc.property(positive, positive, fc.double({ min: 1, max: 1e3, noNaN: true }), (evictable, buckets, factor) => {
        const share = epermShare({ evictable, buckets });
        const slack = 1e-12;
        expect(epermShare({ evictable: evictable * factor, buckets })).toBeLessThanOrEqual(share + slack);
        expect(epermShare({ evictable, buckets: buckets * factor })).toBeGreaterThanOrEqual(share - slack);
      }),
    );
  });
});

describe("noVictimShare", () => {
  it("is exp(-16 U / H)", () => {
    expect(noVictimShare({ evictable: 16_384, buckets: BUCKETS })).toBeCloseTo(Math.exp(-1), 12);
    expect(noVictimShare({ evictable: 0, buckets: BUCKETS })).toBe(1);
    expect(noVictimShare({ evictable: 1e300, buckets: 1 })).toBe(0);
  });
});

describe("a simulated table", () => {
  // The model places entries at random; in truth those that follow a gap are evicted more often, which leaves the table
  // a little more even and a victim a little easier to find. Seen: at most 0.006 too high, with 0.001 of sampling error.
  const TOLERANCE = 0.008;

  it.each([{ limit: 32 }, { limit: 256 }, { limit: 512 }, { limit: 1024 }])("agrees: $limit of 4096", ({ limit }) => {
    const model = { evictable: limit, buckets: 4096 };
    const seen = simulateEviction({ limit, buckets: 4096, attempts: 300_000, seed: 1 });
    expect(Math.abs(seen.refusedShare - epermShare(model))).toBeLessThan(TOLERANCE);
    expect(Math.abs(seen.noVictimShare - noVictimShare(model))).toBeLessThan(2 * TOLERANCE);
  });

  it("refuses nobody when entries are as many as buckets", () => {
    expect(simulateEviction({ limit: 4096, buckets: 4096, attempts: 100_000, seed: 1 }).refusedShare).toBe(0);
  });
});
