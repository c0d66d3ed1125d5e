import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epermShare } from "../../src/model/early-drop.ts";
import { forecast } from "../../src/model/forecast.ts";
import { renderForecast } from "../../src/report/forecast.ts";

const production = { max: 262_144, buckets: 262_144, flowSpace: 20 * 28_232, ratePps: 5000, lifetimeS: 45, assured: 0 };

describe("forecast", () => {
  it("says that one source towards one resolver cannot fill a table", () => {
    const answer = forecast({ ...production, flowSpace: 28_232, ratePps: 50_000 });
    expect(answer).toMatchObject({ fullAfterS: null, boundBy: "flow space", settled: 28_232, epermShare: null, epermPps: 0 });
  });

  it("says that a slow rate never fills it", () => {
    expect(forecast({ ...production, flowSpace: 1e7, ratePps: 100 })).toMatchObject({ fullAfterS: null, boundBy: "rate x lifetime", settled: 4499 });
  });

  it("knows both regimes: eviction hides an unassured table, an ASSURED one refuses", () => {
    const ratePps = 10_000;
    expect(forecast({ ...production, ratePps }).epermShare).toBeLessThan(1e-6);
    const assured = 260_838;
    const answer = forecast({ ...production, ratePps, assured });
    expect(answer.epermShare).toBe(epermShare({ evictable: 1306, buckets: 262_144 }));
    expect(answer.fullAfterS).toBeCloseTo(0.13, 2);
  });

  it("keeps its books: every new flow is refused or takes a place, and occupancy only grows", () => {
    const size = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(size, size, size, size, fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (max, buckets, flows, ratePps, lifetimeS, share) => {
        const answer = forecast({ max, buckets, flowSpace: flows, ratePps, lifetimeS, assured: Math.round(share * max) });
        const { earlyDropsPps, epermPps, fullAfterS, newFlowsPps, occupancy, settled } = answer;
        if (fullAfterS !== null) expect(epermPps + earlyDropsPps).toBeCloseTo(newFlowsPps, 6);
        expect(newFlowsPps).toBeLessThanOrEqual(ratePps);
        expect(settled).toBeLessThanOrEqual(max);
        expect(occupancy.at(-1)?.entries).toBe(settled);
        for (const [index, { entries }] of occupancy.entries()) expect(entries).toBeGreaterThanOrEqual(occupancy[index - 1]?.entries ?? 0);
      }),
    );
  });

  it.each([
    ["fills", { ...production, ratePps: 20_000, assured: 235_930 }],
    ["never", { ...production, flowSpace: 28_232 }],
  ])("reads well: %s", (_name, input) => {
    const text = renderForecast(input, forecast(input));
    expect(text).toMatchSnapshot();
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });
});
