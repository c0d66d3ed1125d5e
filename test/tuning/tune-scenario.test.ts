import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readScenario } from "../../src/scenario/load.ts";
import { type Scenario, type TuningName, TUNINGS } from "../../src/scenario/scenario.ts";
import { CATALOGUE, dnsTrackingOf, timeoutsOf } from "../../src/tuning/catalogue.ts";
import { tuneScenario } from "../../src/tuning/tune-scenario.ts";

const scenario = (tunings: readonly TuningName[], { lab = "", loads = ["rate: 5/s, duration: 1s"] } = {}): Scenario =>
  readScenario(`name: x\nlab: {${lab}}\ntunings: [${tunings.join(", ")}]\nphases:\n  - rest: { duration: 1s }\n${loads.map((load) => `  - load: { ${load} }\n`).join("")}`, "f.yaml").scenario;
const problems = (tunings: readonly TuningName[], given = {}): string[] => tuneScenario(scenario(tunings, given)).problems.map(({ index, message }) => `${index} ${message}`);

describe("a tuned scenario", () => {
  it.each<[TuningName, object, object]>([
    ["no-state-rule", { lab: { tracking: false } }, { what: "lab.tracking", from: "true", to: "false" }],
    ["socket-reuse", { phases: [{}, { strategy: "pool" }] }, { what: "phases[1].strategy", from: "per-query", to: "pool" }],
    ["tcp-per-query", { phases: [{}, { strategy: "tcp-per-query" }] }, { what: "phases[1].strategy", from: "per-query", to: "tcp-per-query" }],
    ["spread-sources", { phases: [{}, { sources: "127.64.0.0/24" }] }, { what: "phases[1].sources", from: null, to: "127.64.0.0/24" }],
    ["retry-on-eperm", { phases: [{}, { retry: { on: "EPERM", times: 3, waitMs: 10 } }] }, { what: "phases[1].retry", from: null, to: '{"on":"EPERM","times":3,"waitMs":10}' }],
  ])("by %s", (name, expected, change) => {
    const untuned = scenario([name]);
    const before = structuredClone(untuned);
    const tuned = tuneScenario(untuned);
    expect(tuned.scenario).toMatchObject(expected);
    expect(tuned).toMatchObject({ changes: [{ name, changes: [change] }], problems: [] });
    expect(untuned).toEqual(before);
  });

  it("is left as it is by what acts in the lab or on the host", () => {
    for (const name of TUNINGS.filter((known) => CATALOGUE[known].applyTo === undefined)) {
      const untuned = scenario([name]);
      expect(tuneScenario(untuned)).toEqual({ scenario: untuned, changes: [{ name, changes: [] }], problems: [] });
    }
  });

  it("has the addresses of its topology", () => {
    expect(tuneScenario(scenario(["spread-sources"], { lab: "topology: pair" })).scenario.phases[1]).toMatchObject({ sources: "198.18.0.0/24" });
  });

  it("pools a sweep, without its sources and ports", () => {
    const { scenario: tuned } = tuneScenario(scenario(["socket-reuse"], { loads: ["queries: 1, strategy: sweep, sources: 127.1.0.0/24, ports: 5"] }));
    expect(tuned.phases[1]).toMatchObject({ strategy: "pool", sources: null, ports: null });
  });

  it("asks over one connection a thread, there from the start, whatever the load was", () => {
    const loads = ["queries: 1, threads: 3, retry: {}", "queries: 1, strategy: pool", "queries: 1, strategy: sweep, sources: 127.1.0.0/24, ports: 5", "queries: 1, strategy: tcp-persistent, sockets: 7"];
    const standing = { strategy: "tcp-persistent", opened: "at-start", sources: null, ports: null, retry: null };
    expect(tuneScenario(scenario(["tcp-persistent"], { loads })).scenario.phases.slice(1)).toMatchObject([
      { ...standing, sockets: 3 }, { ...standing, sockets: 1 }, { ...standing, sockets: 1 }, { strategy: "tcp-persistent", opened: "at-load", sockets: 7 },
    ]);
  });

  it("asks over a connection a query from as many addresses as before", () => {
    const loads = ["queries: 1, retry: {}", "queries: 1, strategy: sweep, ports: 5", "queries: 1, strategy: sweep, sources: 127.1.0.0/24", "queries: 1, strategy: pool"];
    expect(tuneScenario(scenario(["tcp-per-query"], { loads })).scenario.phases.slice(1)).toMatchObject([
      { strategy: "tcp-per-query", sources: null, retry: null },
      { strategy: "tcp-per-query", sources: "127.64.0.0/16", ports: null },
      { strategy: "tcp-per-query", sources: "127.1.0.0/24" },
      { strategy: "pool" },
    ]);
    expect(tuneScenario(scenario(["spread-sources", "tcp-per-query"])).scenario.phases[1]).toMatchObject({ strategy: "tcp-per-query", sources: "127.64.0.0/24" });
  });

  it("does not depend on the order of its tunings", () => {
    fc.assert(fc.property(fc.shuffledSubarray([...TUNINGS], { minLength: 1, maxLength: 4 }), (names) => {
      const loads = { loads: ["queries: 1, strategy: sweep", "queries: 1"] };
      const given = tuneScenario(scenario(names, loads));
      const sorted = tuneScenario(scenario([...names].sort(), loads));
      expect({ ...given.scenario, tunings: [] }).toEqual({ ...sorted.scenario, tunings: [] });
      expect(given.problems.length > 0).toBe(sorted.problems.length > 0);
    }));
  });
});

describe("what stands in the way of tunings", () => {
  it.each<[TuningName[], object, string[]]>([
    [["notrack", "notrack"], {}, ["1 notrack is named twice; write it once"]],
    [["notrack", "notrack-one-way"], {}, ["1 notrack and notrack-one-way contradict each other: both set whether DNS is tracked; remove one of the two"]],
    [["bigger-table-and-hash", "bigger-hash"], {}, ["1 bigger-table-and-hash and bigger-hash contradict each other: both set nf_conntrack_buckets; remove one of the two"]],
    [["bigger-table", "bigger-hash"], {}, []],
    [["short-udp-timeouts", "timeout-policy"], {}, ["1 short-udp-timeouts and timeout-policy contradict each other: both set the timeouts of DNS flows; remove one of the two"]],
    [["spread-sources", "socket-reuse"], {}, ["1 spread-sources and socket-reuse contradict each other: both set the addresses the load sends from; remove one of the two"]],
    [["socket-reuse", "tcp-per-query"], {}, ["1 socket-reuse and tcp-per-query contradict each other: both set how the load uses sockets; remove one of the two"]],
    [["retry-on-eperm", "tcp-persistent"], {}, ["1 retry-on-eperm and tcp-persistent contradict each other: both set whether a refused query is tried again; remove one of the two"]],
    [["socket-reuse", "retry-on-eperm", "short-udp-timeouts", "short-tcp-timeouts", "bigger-table", "notrack"], {}, []],
    [["no-state-rule", "short-tcp-timeouts"], {}, ["1 short-tcp-timeouts has nothing to act on once another tuning ends tracking; remove one of the two"]],
    [["notrack"], { lab: "tracking: false" }, ["0 notrack has nothing to act on: this lab tracks nothing; remove it, or write tracking: true"]],
    [["notrack"], { lab: "tracking: false, ruleset: table inet t" }, []],
    [["notrack"], { lab: "topology: gateway, tracking: false, ruleset: table inet t" }, ["0 notrack has nothing to act on: this lab tracks nothing; remove it, or write tracking: true"]],
    [["no-state-rule"], { lab: "tracking: false" }, [`0 no-state-rule changes nothing here: it is about ${CATALOGUE["no-state-rule"].changes}; remove it`]],
    [["socket-reuse"], { loads: ["queries: 1, strategy: pool"] }, [`0 socket-reuse changes nothing here: it is about ${CATALOGUE["socket-reuse"].changes}; remove it`]],
    [["retry-on-eperm"], { loads: [] }, [`0 retry-on-eperm changes nothing here: it is about ${CATALOGUE["retry-on-eperm"].changes}; remove it`]],
    [["socket-reuse"], { lab: "topology: host" }, ["0 socket-reuse is refused in topology host: it would change this machine; remove it, or write topology: loopback"]],
  ])("%j with %j", (names, given, expected) => expect(problems(names, given)).toEqual(expected));
});

describe("the catalogue", () => {
  it.each(TUNINGS)("%s says all there is to say, each in one line", (name) => {
    const { summary, changes, trap, cost, source, sets } = CATALOGUE[name];
    for (const text of [summary, changes, trap, cost, source]) expect(text).toMatch(/^\S[^\n]{5,}[^.\s]$/);
    expect(sets.length).toBeGreaterThan(0);
  });

  it("proves what it says of the lab", () => {
    for (const { steps = [], effect, tracks } of Object.values(CATALOGUE)) {
      if (steps.some(({ kind }) => kind === "rules") || tracks !== undefined) expect(effect).toBeDefined();
    }
  });

  it("knows how long entries live, and which packets of DNS are tracked", () => {
    expect(timeoutsOf([])).toEqual({ udp: 30, udpStream: 120, timeWait: 120 });
    expect(timeoutsOf(["short-udp-timeouts", "short-tcp-timeouts", "of-a-later-version"])).toEqual({ udp: 5, udpStream: 10, timeWait: 10 });
    expect(["notrack", "notrack-one-way", "no-state-rule", "bigger-table", "of-a-later-version"].map((name) => dnsTrackingOf([name]))).toEqual(["none", "replies", "none", "both", "both"]);
  });
});
