import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flowSpace } from "../../src/model/flow-space.ts";
import { tableMemoryBytes } from "../../src/model/memory.ts";
import { flowsOpened, littleOccupancy, timeToFillS } from "../../src/model/occupancy.ts";

const DEFAULT_PORTS = 28_232;

describe("flowSpace", () => {
  it("shows why one source towards one resolver cannot fill a table", () => {
    expect(flowSpace({ sources: 1, ports: DEFAULT_PORTS, destinations: 1 })).toBe(28_232);
    expect(flowSpace({ sources: 1, ports: DEFAULT_PORTS, destinations: 1 })).toBeLessThan(65_536);
    expect(flowSpace({ sources: 10, ports: DEFAULT_PORTS, destinations: 1 })).toBeGreaterThan(262_144);
  });
});

describe("flowsOpened", () => {
  it.each([
    { flowSpace: 28_232, ratePps: 0, elapsedS: 10, opened: 0 },
    { flowSpace: 28_232, ratePps: 1000, elapsedS: 0, opened: 0 },
    { flowSpace: 0, ratePps: 1000, elapsedS: 10, opened: 0 },
    { flowSpace: 28_232, ratePps: 28_232, elapsedS: 1, opened: 28_232 * (1 - Math.exp(-1)) },
    { flowSpace: 28_232, ratePps: 1e6, elapsedS: 60, opened: 28_232 },
    { flowSpace: 1e12, ratePps: 1000, elapsedS: 1, opened: 1000 },
  ])("$ratePps/s for $elapsedS s in $flowSpace", ({ opened, ...input }) => {
    expect(Math.abs(flowsOpened(input) - opened)).toBeLessThan(0.001);
  });

  it("agrees with drawing ports at random", () => {
    const space = 1000;
    const drawn = new Set<number>();
    let state = 1;
    for (let draw = 0; draw < 1500; draw++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      drawn.add(Math.floor((state / 2 ** 32) * space));
    }
    const expected = flowsOpened({ flowSpace: space, ratePps: 1500, elapsedS: 1 });
    expect(Math.abs(drawn.size - expected)).toBeLessThan(40);
  });

  it("grows with time, and never past the flow space or the packets sent", () => {
    const size = fc.double({ min: 1, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(size, size, fc.double({ min: 1e-6, max: 1e5, noNaN: true }), (space, ratePps, elapsedS) => {
        const opened = flowsOpened({ flowSpace: space, ratePps, elapsedS });
        expect(opened).toBeLessThanOrEqual(Math.min(space, ratePps * elapsedS) * (1 + 1e-9));
        expect(flowsOpened({ flowSpace: space, ratePps, elapsedS: elapsedS + 1 })).toBeGreaterThanOrEqual(opened);
      }),
    );
  });
});

describe("timeToFillS", () => {
  const wide = { flowSpace: 1e12, lifetimeS: 30 };

  it.each([
    { why: "already full", input: { ...wide, ratePps: 100, entriesFree: 0 }, fillS: 0 },
    { why: "wide flow space: entries / rate", input: { ...wide, ratePps: 10_000, entriesFree: 65_536 }, fillS: 6.5536 },
    { why: "nothing is sent", input: { ...wide, ratePps: 0, entriesFree: 1 }, fillS: null },
    { why: "R x T < entries", input: { ...wide, ratePps: 1000, entriesFree: 65_536 }, fillS: null },
    {
      why: "one source, one resolver",
      input: { flowSpace: DEFAULT_PORTS, ratePps: 1e6, entriesFree: 65_536, lifetimeS: 30 },
      fillS: null,
    },
    {
      why: "flow space just as large: the last tuple takes for ever",
      input: { flowSpace: 1000, ratePps: 1e6, entriesFree: 1000, lifetimeS: 30 },
      fillS: null,
    },
    {
      why: "half of the flow space",
      input: { flowSpace: 2000, ratePps: 1000, entriesFree: 1000, lifetimeS: 30 },
      fillS: 2 * Math.log(2),
    },
    {
      why: "R x T is enough, but tuples repeat",
      input: { flowSpace: 2000, ratePps: 100, entriesFree: 1900, lifetimeS: 30 },
      fillS: null,
    },
  ])("$why", ({ input, fillS }) => {
    const seen = timeToFillS(input);
    if (fillS === null || seen === null) expect(seen).toBe(fillS);
    else expect(seen).toBeCloseTo(fillS, 6);
  });

  it("is where flowsOpened reaches the free entries", () => {
    const part = fc.double({ min: 0.001, max: 0.99, noNaN: true });
    const size = fc.double({ min: 10, max: 1e8, noNaN: true });
    fc.assert(
      fc.property(size, size, part, (space, ratePps, share) => {
        const entriesFree = space * share;
        const elapsedS = timeToFillS({ flowSpace: space, ratePps, entriesFree, lifetimeS: Infinity });
        if (elapsedS === null) throw new Error("it must fill");
        expect(flowsOpened({ flowSpace: space, ratePps, elapsedS }) / entriesFree).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe("littleOccupancy", () => {
  it("is rate times lifetime", () => {
    expect(littleOccupancy({ ratePps: 2000, lifetimeS: 30 })).toBe(60_000);
  });
});

describe("tableMemoryBytes", () => {
  it("is about 82 MiB for the default table of 262,144", () => {
    expect(tableMemoryBytes({ entries: 262_144, buckets: 262_144 }) / 2 ** 20).toBe(82);
    expect(tableMemoryBytes({ entries: 0, buckets: 0 })).toBe(0);
  });
});
