import { describe, expect, it } from "vitest";
import { epermShare } from "../../src/model/early-drop.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Overrides } from "../../src/plan/overrides.ts";
import type { Machine } from "../../src/plan/plan.ts";
import { predict } from "../../src/plan/prediction.ts";
import type { Prediction } from "../../src/plan/prediction.ts";
import { readScenario } from "../../src/scenario/load.ts";

const MACHINE: Machine = {
  privileged: true, max: 262_144, buckets: 262_144, hostEntries: 0, ephemeralPorts: { first: 32_768, last: 60_999 }, openFilesHard: 20_000, libc: true,
};
const prediction = (phases: string, { head = "", overrides = {} as Overrides } = {}): Prediction =>
  predict(makePlan(readScenario(`name: x\n${head}\nphases: [${phases}]\n`, "f.yaml"), MACHINE, overrides));
const FILL = "{ fill: { occupancy: 99.5% } }";
const MIEKG = "{ load: { rate: 2000/s, duration: 5s } }";

describe("prediction", () => {
  it("is EPERM for new sockets on a table full of ASSURED flows", () => {
    const { phases, cause } = prediction(`${FILL}, ${MIEKG}`);
    expect(cause).toBe("table-full");
    expect(phases[0]).toMatchObject({ flows: 260_833, entries: 260_833, eperm: null });
    expect(phases[1]).toMatchObject({ flowSpace: 28_232, entries: 262_144 });
    expect(phases[1]?.flows).toBeCloseTo(28_232 * (1 - Math.exp(-10_000 / 28_232)), 6);
    expect(phases[1]?.fullAfterS).toBeCloseTo(0.671, 3);
    expect(phases[1]?.epermShare).toBeCloseTo(0.923, 3);
  });

  it("is nothing wrong for one source address on an empty table: its flow space is too small", () => {
    const { phases, cause } = prediction("{ load: { rate: 50k/s, duration: 1h } }");
    expect(cause).toBe("healthy");
    expect(phases[0]).toMatchObject({ fullAfterS: null, epermShare: null, eperm: 0 });
    expect(phases[0]?.entries).toBeCloseTo(28_232, 0);
  });

  it("is masked by early drop where nothing is ASSURED", () => {
    const { phases, cause } = prediction("{ load: { strategy: sweep, queries: 600000, rate: 200k/s } }");
    expect(cause).toBe("early-drop-masked");
    expect(phases[0]).toMatchObject({ flows: 600_000, entries: 262_144 });
    expect(phases[0]?.fullAfterS).toBeCloseTo(1.31, 2);
    expect(phases[0]?.epermShare).toBeLessThan(1e-6);
  });

  it.each([[4_096, 0.777], [16_384, 0.35], [65_536, 0.011]])("of a table of %d entries agrees with docs/KERNEL.md", (max, share) => {
    const { phases } = prediction("{ load: { strategy: sweep, queries: 200000, rate: 20k/s } }", { head: `table: { max: ${max} }` });
    expect(phases[0]?.epermShare).toBeCloseTo(share, 1);
  });

  it("counts a sweep's refusals without repeats: 40,000 queries, of which 4096 find room", () => {
    const { phases } = prediction("{ load: { strategy: sweep, rate: 20k/s, duration: 2s } }", { head: "table: { max: 4096 }" });
    expect(phases[0]?.eperm).toBeCloseTo((40_000 - 4_096) * (phases[0]?.epermShare ?? 0), 6);
  });

  it("is healthy for a pool, which opens as many flows as it has sockets", () => {
    const { phases, cause } = prediction(`${FILL}, ${MIEKG}`, { overrides: { strategy: "pool" } });
    expect(cause).toBe("healthy");
    expect(phases[1]).toMatchObject({ flows: 100, entries: 260_933, eperm: 0 });
  });

  it("is a full table for TCP connections, and EPERM for none of them", () => {
    const { phases, cause } = prediction(`{ fill: { occupancy: 100% } }, ${MIEKG}`, { overrides: { strategy: "tcp-per-query" } });
    expect(cause).toBe("table-full");
    expect(phases[1]).toMatchObject({ flows: 10_000, silent: true, epermShare: 1, eperm: 0 });
  });

  it("counts TCP connections as entries that cannot be evicted", () => {
    const { phases } = prediction(`{ load: { strategy: tcp-per-query, queries: 2000, rate: 1000/s } }, { load: { strategy: sweep, queries: 9000, rate: 9k/s } }`, { head: "table: { max: 4096 }" });
    expect(phases[0]).toMatchObject({ entries: 2000 });
    expect(phases[1]?.epermShare).toBeCloseTo(0.879, 3);
  });

  it("is healthy for connections that were there before the table filled, and not for those that come after", () => {
    const load = (opened: string): string => `{ fill: { occupancy: 100% } }, { load: { strategy: tcp-persistent, sockets: 4, opened: ${opened}, rate: 2000/s, duration: 5s } }`;
    const before = prediction(load("at-start"));
    expect(before.cause).toBe("healthy");
    expect(before.phases).toMatchObject([{ flows: 262_140, entries: 262_144 }, { flows: 0, entries: 262_144, eperm: 0 }]);
    expect(prediction(load("at-load")).cause).toBe("table-full");
  });

  it("does not know how many a load without rate or count will send", () => {
    const { phases } = prediction(`${FILL}, { load: { duration: 5s } }`);
    expect(phases[1]).toMatchObject({ flows: null, entries: null, fullAfterS: null, eperm: null });
    expect(phases[1]?.epermShare).toBeCloseTo(0.923, 3);
  });

  it("follows the arrivals of a shape to the moment at which the table is full", () => {
    const fullAfterS = (load: string): number | null | undefined => prediction(`{ load: { strategy: sweep, ${load} } }`).phases[0]?.fullAfterS;
    // 262,144 queries: half of 100,000 t^2 / 10; 5 s at 10,000/s and the rest at 100,000/s; every other second of 100,000/s.
    expect(fullAfterS("rate: { ramp: { from: 0/s, to: 100k/s, over: 10s } }")).toBeCloseTo(Math.sqrt((2 * 262_144) / 10_000), 3);
    expect(fullAfterS("rate: { steps: [{ rate: 10k/s, for: 5s }, { rate: 100k/s, for: 5s }] }")).toBeCloseTo(7.121, 3);
    expect(fullAfterS("rate: { on-off: { rate: 100k/s, on: 1s, off: 1s } }, duration: 10s")).toBeCloseTo(4.621, 3);
    expect(fullAfterS("rate: { poisson: { rate: 100k/s } }, duration: 10s")).toBeCloseTo(2.621, 3);
    expect(fullAfterS("rate: { ramp: { from: 0/s, to: 50k/s, over: 10s } }")).toBeNull();
  });

  it("draws ports at random for a shape as for a constant rate", () => {
    const [, constant] = prediction(`${FILL}, ${MIEKG}`).phases;
    const [, shaped] = prediction(`${FILL}, { load: { rate: { steps: [{ rate: 1000/s, for: 2s }, { rate: 4000/s, for: 2s }] } } }`).phases;
    expect(shaped).toMatchObject({ flows: constant?.flows, epermShare: constant?.epermShare, eperm: constant?.eperm });
    expect(shaped?.fullAfterS).toBeCloseTo(2 * (constant?.fullAfterS ?? Number.NaN), 6);
  });

  it("never fills where entries expire as fast as new ones come, and fills once the rate is high enough", () => {
    // 5,000/s x 45 s is less than the table, 6,000/s is more.
    const slow = prediction("{ load: { strategy: sweep, rate: 5k/s, duration: 10m } }");
    expect(slow).toMatchObject({ cause: "healthy", phases: [{ fullAfterS: null, epermShare: null, eperm: 0 }] });
    expect(slow.phases[0]?.entries).toBeCloseTo(225_000, 0);
    const { phases } = prediction("{ load: { strategy: sweep, rate: { ramp: { from: 0/s, to: 60k/s, over: 10m } } } }");
    // The mean rate of the last 45 s, 100 (t - 22.5) per second, must be 5,825/s.
    expect(phases[0]?.fullAfterS).toBeCloseTo(262_144 / 45 / 100 + 22.5, 0);
  });

  it("is untracked without the rule", () => {
    const { phases, cause } = prediction(`${FILL}, ${MIEKG}`, { head: "lab: { tracking: false }" });
    expect(cause).toBe("untracked");
    expect(phases.map(({ entries }) => entries)).toEqual([0, 0]);
  });

  it("knows nothing of a load where rules of the scenario's own may need tracking", () => {
    const { phases, cause, unknown } = prediction(`${FILL}, ${MIEKG}`, { head: "lab: { tracking: false, ruleset: table inet t }" });
    expect([cause, unknown]).toEqual([null, ["the scenario's own rules"]]);
    expect(phases).toMatchObject([{ entries: null }, { known: false, entries: null, eperm: null }]);
  });

  it("lets a long rest empty the table", () => {
    const entries = (restFor: string) => prediction(`${FILL}, { rest: { duration: ${restFor} } }`).phases[1]?.entries;
    expect(entries("2s")).toBe(260_833);
    expect(entries("10m")).toBe(0);
  });

  describe("of a fill by insertion", () => {
    const insert = (entries: string): string => `{ fill: { by: insertion, occupancy: 99.5%, entries: [${entries}] } }`;
    const LEFTOVERS = "{ protocol: tcp, state: established }";

    it("is EPERM where what was inserted is ASSURED", () => {
      const { phases, cause } = prediction(`${insert(LEFTOVERS)}, ${MIEKG}`);
      expect(cause).toBe("table-full");
      expect(phases[1]?.epermShare).toBeCloseTo(0.923, 3);
    });

    it("is masked by early drop where it is not", () => {
      expect(prediction(`${insert("{ protocol: tcp, state: established, assured: false }")}, ${MIEKG}`).cause).toBe("early-drop-masked");
    });

    it("counts each group for what it is", () => {
      const { phases } = prediction(`${insert("{ protocol: tcp, state: established, share: 99% }, { protocol: udp, state: unreplied }")}, ${MIEKG}`);
      expect(phases[1]?.epermShare).toBeCloseTo(epermShare({ evictable: 2_608 + 1_311, buckets: 262_144 }), 6);
    });

    it("knows who outlives a rest: TCP ESTABLISHED lives for 5 days", () => {
      const after = (entries: string, rest: string) => prediction(`${insert(entries)}, { rest: { duration: ${rest} } }, { rest: { duration: ${rest} } }`).phases.map((phase) => phase.entries);
      expect(after(LEFTOVERS, "1h")).toEqual([260_833, 260_833, 260_833]);
      expect(after(`${LEFTOVERS}, { protocol: udp, state: replied }`, "1m")).toEqual([260_833, 130_417, 130_417]);
      expect(after("{ protocol: udp, state: replied, assured: true }", "100s")).toEqual([260_833, 260_833, 0]);
    });

    it("has entries even where nothing is tracked", () => {
      const { phases, cause } = prediction(`${insert(LEFTOVERS)}, ${MIEKG}`, { head: "lab: { tracking: false }" });
      expect([cause, phases[0]?.entries, phases[1]?.entries]).toEqual(["untracked", 260_833, 260_833]);
    });
  });

  it("adds fills up", () => {
    expect(prediction("{ fill: { occupancy: 40%, state: replied } }, { fill: { occupancy: 80% } }").phases).toMatchObject([
      { flows: 104_858, entries: 104_858 }, { flows: 104_857, entries: 209_715 },
    ]);
  });

  it("is open where no load is planned", () => expect(prediction("{ rest: { duration: 1s } }").cause).toBe("inconclusive"));

  it("is not made where something acts that the model does not know", () => {
    expect(prediction("{ exec: { command: [dig] } }").cause).toBeNull();
    expect(prediction(MIEKG, { head: "lab: { topology: gateway }" }).cause).toBeNull();
    expect(prediction(MIEKG, { head: "lab: { ruleset: flush ruleset }" }).cause).toBeNull();
  });

  it("gives no number for a load that something acts on which the model does not know", () => {
    const { phases, unknown } = prediction(`${FILL}, ${MIEKG}, { exec: { command: [dig] } }, ${MIEKG}`);
    expect(unknown).toEqual(["the scenario's own programs"]);
    expect(phases[1]).toMatchObject({ known: true, entries: 262_144 });
    expect(phases[3]).toMatchObject({ known: false, queries: 10_000, entries: null, fullAfterS: null, epermShare: null, eperm: null });
    expect(prediction(MIEKG, { head: "lab: { topology: gateway }" }).phases[0]).toMatchObject({ known: false, eperm: null });
  });
});
