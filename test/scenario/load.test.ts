import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { loadScenario, readScenario } from "../../src/scenario/load.ts";
import type { LoadPhase } from "../../src/scenario/scenario.ts";
import type { Shape } from "../../src/scenario/shape.ts";

const FIRST = "name: x\n";
const REST = "phases: [{ rest: { duration: 2s } }]\n";
const AN_EXAMPLE = "write the path of a scenario, for example scenarios/kernel-defaults.yaml";

function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "accepted";
}
const problemsOf = (text: string): string => complaint(() => readScenario(text, "f.yaml"));
const phase = (text: string): string => `${FIRST}phases:\n  - ${text}\n`;
const insertion = (text: string): string => phase(`fill: { by: insertion, occupancy: 9%, ${text} }`);

describe("a scenario that says little", () => {
  it("gets the defaults", () => {
    expect(readScenario("name: x\nphases: [{ fill: { occupancy: 50% } }, { load: { queries: 5 } }, { exec: { command: [dig] } }]", "f.yaml").scenario).toEqual({
      name: "x",
      about: "",
      expect: null,
      lab: { topology: "loopback", tracking: true, ruleset: null, resolver: "embedded" },
      table: { max: null, buckets: null },
      tunings: [],
      phases: [
        { kind: "fill", by: "traffic", occupancy: 0.5, state: "assured", sources: "127.64.0.0/16" },
        {
          kind: "load", strategy: "per-query", engine: "auto", ratePps: null, shape: null, durationMs: null, queries: 5, catchUpMs: 100, threads: 1, outstanding: null,
          timeoutMs: 2_000, sockets: 100, opened: "at-load", sources: null, ports: null, query: { name: "example.test", type: "A" }, retry: null,
        },
        { kind: "exec", command: ["dig"], timeoutMs: 10_000 },
      ],
      observe: { everyMs: 10 },
      thresholds: [],
    });
  });

  it("fills from the subnet of its topology", () => {
    const { scenario } = readScenario("name: x\nlab: { topology: pair }\nphases: [{ fill: { occupancy: 50% } }]", "f.yaml");
    expect(scenario.phases[0]).toMatchObject({ sources: "198.18.0.0/16" });
  });
});

describe("a fill by insertion", () => {
  it("says what is inserted, group by group", () => {
    const { scenario } = readScenario(phase("fill: { by: insertion, occupancy: 50%, entries: [{ protocol: tcp, state: established, share: 90% }, { protocol: udp, state: replied, assured: true, timeout: 5m }] }"), "f.yaml");
    expect(scenario.phases).toEqual([{
      kind: "fill", by: "insertion", occupancy: 0.5, sources: "127.64.0.0/16",
      entries: [
        { protocol: "tcp", state: "established", assured: true, timeoutMs: 432_000_000, share: 0.9 },
        { protocol: "udp", state: "replied", assured: true, timeoutMs: 300_000, share: expect.closeTo(0.1, 9) },
      ],
    }]);
  });

  it("without entries inserts what traffic of that state would leave", () => {
    const fill = (text: string) => readScenario(phase(`fill: { by: insertion, occupancy: 50%${text} }`), "f.yaml").scenario.phases[0];
    expect(fill("")).toMatchObject({ entries: [{ protocol: "udp", state: "replied", assured: true }] });
    expect(fill(", state: time-wait")).toMatchObject({ entries: [{ protocol: "tcp", state: "time-wait", assured: true }] });
  });
});

it("reads everything that can be said", () => {
  const text = `name: all-of-it
about: |
  one paragraph
expect: table-full
lab: { topology: pair, tracking: false, resolver: unbound }
table: { max: 4096, buckets: 1024 }
phases:
  - fill: { occupancy: 99.5%, state: replied, sources: 198.18.0.0/24 }
  - load: { strategy: sweep, engine: libc, rate: 50k/s, duration: 5s, queries: 10000, catch-up: 20ms, threads: 2, outstanding: 1000, timeout: 500ms,
      sockets: 10, sources: 198.18.1.0/24, ports: 20000-20063, query: { name: a.example.test., type: AAAA } }
  - load: { rate: unlimited, duration: 1h, ports: 20000, retry: { on: ENOBUFS, times: 2, wait: 0ms } }
  - load: { queries: 1, retry: {} }
  - exec: { command: [dig, "@{resolver}", example.test], timeout: 1m }
  - rest: { duration: 1.5s }
observe: { every: 1ms }
`;
  const loaded = readScenario(text, "f.yaml");
  expect(loaded).toMatchObject({ file: "f.yaml", text });
  expect(loaded.scenario).toMatchObject({
    about: "one paragraph", expect: "table-full", lab: { topology: "pair", tracking: false, resolver: "unbound" }, table: { max: 4096, buckets: 1024 }, observe: { everyMs: 1 },
    phases: [
      { occupancy: 0.995, state: "replied", sources: "198.18.0.0/24" },
      { ratePps: 50_000, durationMs: 5_000, queries: 10_000, catchUpMs: 20, outstanding: 1_000, timeoutMs: 500, ports: { first: 20_000, last: 20_063 }, query: { name: "a.example.test.", type: "AAAA" } },
      { ratePps: null, durationMs: 3_600_000, ports: { first: 20_000, last: 20_000 }, retry: { on: "ENOBUFS", times: 2, waitMs: 0 } },
      { retry: { on: "EPERM", times: 3, waitMs: 10 } },
      { command: ["dig", "@{resolver}", "example.test"], timeoutMs: 60_000 },
      { durationMs: 1_500 },
    ],
  });
  expect(loaded.locate(["phases", 1, "load", "sockets"])).toBe("f.yaml:10:16");
  expect(loaded.locate(["phases", 0, "fill"])).toBe("f.yaml:8:5");
  expect(loaded.locate(["phases", 0, "fill", "nothing", "there"])).toBe("f.yaml:8:5");
  expect(loaded.locate([])).toBe("f.yaml:1:1");
});

describe("a rate that changes", () => {
  const load = (text: string): LoadPhase => readScenario(`name: x\nphases:\n  - load: { ${text} }\n`, "f.yaml").scenario.phases[0] as LoadPhase;

  it.each<[string, number, Shape]>([
    ["ramp: { from: 0/s, to: 20k/s, over: 10s }", 20_000, { kind: "ramp", fromPps: 0, toPps: 20_000, overMs: 10_000, curve: "linear" }],
    ["ramp: { from: 500/s, to: 1/s, over: 10s, curve: exponential }", 500, { kind: "ramp", fromPps: 500, toPps: 1, overMs: 10_000, curve: "exponential" }],
    ["steps: [{ rate: 5/s, for: 1s }, { rate: 0/s, for: 2s }]", 5, { kind: "steps", steps: [{ ratePps: 5, forMs: 1_000 }, { ratePps: 0, forMs: 2_000 }] }],
    ["burst: { base: 0/s, peak: 5/s, every: 2s, for: 500ms }", 5, { kind: "burst", basePps: 0, peakPps: 5, everyMs: 2_000, forMs: 500 }],
    ["on-off: { rate: 5/s, on: 2s, off: 500ms }", 5, { kind: "on-off", ratePps: 5, onMs: 2_000, offMs: 500 }],
    ["poisson: { rate: 1.5/s }", 1.5, { kind: "poisson", ratePps: 1.5, seed: 1 }],
    ["replay: [[0s, 5/s], [2s, 7/s], [2s, 0/s]]", 7, { kind: "replay", points: [{ atMs: 0, ratePps: 5 }, { atMs: 2_000, ratePps: 7 }, { atMs: 2_000, ratePps: 0 }] }],
  ])("%s", (text, ratePps, shape) => {
    expect(load(`rate: { ${text} }, duration: 5s`)).toMatchObject({ ratePps, shape, durationMs: 5_000 });
  });

  it("ends by itself where it can and nothing else is said", () => {
    const ramp = "rate: { ramp: { from: 0/s, to: 2/s, over: 3s } }";
    expect(load(ramp).durationMs).toBe(3_000);
    expect(load(`${ramp}, duration: 10s`).durationMs).toBe(10_000);
    expect(load(`${ramp}, queries: 10`).durationMs).toBeNull();
    expect(load("rate: { steps: [{ rate: 5/s, for: 1s }, { rate: 1/s, for: 2s }] }").durationMs).toBe(3_000);
    expect(load("rate: { replay: [[0s, 5/s], [4s, 5/s]] }").durationMs).toBe(4_000);
  });

  const KNOWN = "ramp, steps, burst, on-off, poisson, replay";
  it.each([
    ["{}", `f.yaml:3:13: phases[0].load.rate: holds no shape; write one of ${KNOWN}`],
    ["[1/s]", "f.yaml:3:13: phases[0].load.rate: a list is not a rate or a shape; write rate: 2000/s"],
    ["{ poisson: { rate: 5/s }, ramp: { from: 1/s, to: 2/s, over: 1s } }", `f.yaml:3:13: phases[0].load.rate: holds more than one shape; write one of ${KNOWN}`],
    ["{ rmp: {} }", `f.yaml:3:13: phases[0].load.rate: holds no shape; write one of ${KNOWN}\nf.yaml:3:21: phases[0].load.rate.rmp: is not known here; write ramp`],
    ["{ ramp: { from: 5/s, to: 9/s } }", "f.yaml:3:21: phases[0].load.rate.ramp.over: is missing; write over: 10s"],
    ["{ ramp: { from: 5, to: 9/s, over: 5 } }", "f.yaml:3:35: phases[0].load.rate.ramp.from: 5 has no unit; write 5/s\nf.yaml:3:53: phases[0].load.rate.ramp.over: 5 has no unit; write 5s or 5ms"],
    ["{ ramp: { from: 0/s, to: 0/s, over: 5s } }", "f.yaml:3:21: phases[0].load.rate.ramp: never sends anything; write a rate above 0/s"],
    ["{ ramp: { from: 0/s, to: 9/s, over: 5s, curve: exponential } }", "f.yaml:3:35: phases[0].load.rate.ramp.from: 0/s times any factor is 0/s; write 1/s, or curve: linear"],
    ["{ ramp: { from: 0/s, to: unlimited, over: 5s } }", "f.yaml:3:44: phases[0].load.rate.ramp.to: unlimited is no number; write for example 2000/s"],
    ["{ ramp: { from: 0/s, to: 5000k/s, over: 5s } }", 'f.yaml:3:44: phases[0].load.rate.ramp.to: "5000k/s" is more than 2000k/s; write at most 2000k/s'],
    ["{ steps: [] }", "f.yaml:3:21: phases[0].load.rate.steps: is empty; write steps: [{ rate: 1000/s, for: 5s }]"],
    ["{ steps: [5/s] }", 'f.yaml:3:29: phases[0].load.rate.steps[0]: "5/s" is not a block of keys; write { rate: 1000/s, for: 5s } after the dash'],
    ["{ steps: [{ rate: 0/s, for: 5s }] }", "f.yaml:3:21: phases[0].load.rate.steps: never sends anything; write a rate above 0/s"],
    ["{ steps: [{ rate: 1/s, for: 40m }, { rate: 2/s, for: 40m }] }", "f.yaml:3:21: phases[0].load.rate.steps: last longer than 1h together; shorten them"],
    ["{ burst: { base: 5/s, peak: 5/s, every: 1s, for: 1s } }", "f.yaml:3:47: phases[0].load.rate.burst.peak: is not above the base; write a higher rate\nf.yaml:3:68: phases[0].load.rate.burst.for: is not shorter than every; write a shorter time"],
    ["{ on-off: { rate: 5/s, on: 1s, off: 5 } }", "f.yaml:3:55: phases[0].load.rate.on-off.off: 5 has no unit; write 5s or 5ms"],
    ["{ poisson: { rate: 0/s } }", "f.yaml:3:38: phases[0].load.rate.poisson.rate: never sends anything; write a rate above 0/s"],
    ["{ poisson: { rate: 5/s, seed: -1 } }", "f.yaml:3:49: phases[0].load.rate.poisson.seed: -1 is too small; write at least 0"],
    ["{ replay: [[0s, 5/s]] }", "f.yaml:3:21: phases[0].load.rate.replay: has fewer than two points; write at least a first and a last one"],
    ["{ replay: [[0s, 5/s], [1s]] }", "f.yaml:3:41: phases[0].load.rate.replay[1]: holds too little; write [5s, 1000/s]"],
    ["{ replay: [[0, 5], [1s, 5/s]] }", "f.yaml:3:31: phases[0].load.rate.replay[0][0]: 0 has no unit; write 0s or 0ms\nf.yaml:3:34: phases[0].load.rate.replay[0][1]: 5 has no unit; write 5/s"],
    ["{ replay: [[0s, 5/s], [2s, 5/s], [1s, 5/s]] }", "f.yaml:3:52: phases[0].load.rate.replay[2]: is earlier than the point before it; put the points in order"],
    ["{ replay: [[1s, 5/s], [2s, 5/s]] }", "f.yaml:3:30: phases[0].load.rate.replay[0]: is not the start; write 0s as the first time"],
    ["{ replay: 5 }", "f.yaml:3:29: phases[0].load.rate.replay: 5 is not a file or a list of points; write replay: traffic.csv"],
  ])("%s is refused", (text, message) => expect(problemsOf(phase(`load: { rate: ${text}, queries: 1 }`))).toBe(message));

  it("needs an end where it has none of its own", () => {
    expect(problemsOf(phase("load: { rate: { poisson: { rate: 5/s } } }"))).toBe("f.yaml:3:5: phases[0].load: would never end; write duration: 5s or queries: 10000");
  });
});

describe("what is wrong, where, and what to write", () => {
  const KNOWN_LOAD = "strategy, engine, rate, duration, queries, catch-up, threads, outstanding, timeout, sockets, opened, sources, ports, query, retry";
  it.each([
    // Keys
    [`${FIRST}phasess: []\n${REST}`, "f.yaml:2:1: phasess: is not known here; write phases"],
    [`${FIRST}${REST}colour: red`, "f.yaml:3:1: colour: is not known here; write one of name, about, expect, lab, table, tunings, phases, observe, thresholds"],
    [`${FIRST}${REST}__proto__: 1`, "f.yaml:3:1: __proto__: is not known here; write one of name, about, expect, lab, table, tunings, phases, observe, thresholds"],
    [`${FIRST}${REST}lab: { topolgy: pair }`, "f.yaml:3:8: lab.topolgy: is not known here; write topology"],
    [phase("load: { queries: 1, thread: 2 }"), "f.yaml:3:25: phases[0].load.thread: is not known here; write threads"],
    [phase("load: { queries: 1, q: 2 }"), `f.yaml:3:25: phases[0].load.q: is not known here; write one of ${KNOWN_LOAD}`],
    [phase("sleep: { duration: 2s }"), "f.yaml:3:5: phases[0].sleep: is not known here; write one of fill, load, exec, rest\nf.yaml:3:5: phases[0]: is empty; write one of fill, load, exec, rest"],
    [`${FIRST}tunings: [bigger-tabel]\n${REST}`, 'f.yaml:2:11: tunings[0]: "bigger-tabel" is not known here; write bigger-table'],
    [`${FIRST}tunings: notrack\n${REST}`, 'f.yaml:2:10: tunings: "notrack" is not a list; write tunings: [notrack]'],
    [`${FIRST}name: y\n${REST}`, "f.yaml:2:1: name: is written twice, first in line 1; remove one of the two"],
    [phase("load: { queries: 1, queries: 2 }"), "f.yaml:3:25: phases[0].load.queries: is written twice, first in line 3; remove one of the two"],
    // Missing
    [REST, "f.yaml:1:1: name: is missing; write name: small-table"],
    [FIRST, "f.yaml:1:1: phases: is missing; write phases: [{ rest: { duration: 2s } }]"],
    [phase("fill: { state: assured }"), "f.yaml:3:5: phases[0].fill.occupancy: is missing; write occupancy: 99.5%"],
    [phase("rest: {}"), "f.yaml:3:5: phases[0].rest.duration: is missing; write duration: 5s"],
    [phase("exec: {}"), "f.yaml:3:5: phases[0].exec.command: is missing; write command: [dig, example.test]"],
    [phase("load: { rate: 5/s }"), "f.yaml:3:5: phases[0].load: would never end; write duration: 5s or queries: 10000"],
    [phase("load:"), "f.yaml:3:10: phases[0].load: is empty; write load: { rate: 2000/s, duration: 5s }"],
    [phase("{}"), "f.yaml:3:5: phases[0]: is empty; write one of fill, load, exec, rest"],
    [phase("{ rest: { duration: 1s }, exec: { command: [a] } }"), "f.yaml:3:5: phases[0]: holds more than one phase; start each with a dash of its own"],
    [phase("exec: { command: [] }"), "f.yaml:3:13: phases[0].exec.command: is empty; write command: [dig, example.test]"],
    [`${FIRST}phases: []`, "f.yaml:2:1: phases: is empty; write phases: [{ rest: { duration: 2s } }]"],
    // Kinds
    ["- 1", "f.yaml:1:1: a list is not a block of keys; write name: and phases:"],
    ["hello", 'f.yaml:1:1: "hello" is not a block of keys; write name: and phases:'],
    [phase("fill"), 'f.yaml:3:5: phases[0]: "fill" is not a block of keys; write one of fill:, load:, exec:, rest: after the dash'],
    [`${FIRST}phases: { rest: { duration: 2s } }`, "f.yaml:2:1: phases: a block of keys is not a list; write phases: [{ rest: { duration: 2s } }]"],
    [`name: 5\n${REST}`, 'f.yaml:1:7: name: 5 is not text; write "5"'],
    [`name: [a]\n${REST}`, "f.yaml:1:1: name: a list is not text; write name: small-table"],
    [phase("exec: { command: [sleep, 1] }"), 'f.yaml:3:30: phases[0].exec.command[1]: 1 is not text; write "1"'],
    [phase("exec: { command: [[a]] }"), "f.yaml:3:23: phases[0].exec.command[0]: a list is not text; write text"],
    [`${FIRST}${REST}lab: { tracking: yes }`, 'f.yaml:3:18: lab.tracking: "yes" is not true or false; write tracking: true'],
    [phase("load: { queries: 1.5 }"), "f.yaml:3:22: phases[0].load.queries: 1.5 is not a whole number; write queries: 10000"],
    [phase("load: { queries: many }"), 'f.yaml:3:22: phases[0].load.queries: "many" is not a whole number; write queries: 10000'],
    [phase("load: { queries: 1, ports: true }"), "f.yaml:3:32: phases[0].load.ports: true is not a range of ports; write ports: 20000-20063"],
    // Units
    [phase("load: { duration: 5 }"), "f.yaml:3:23: phases[0].load.duration: 5 has no unit; write 5s or 5ms"],
    [phase("load: { duration: soon }"), 'f.yaml:3:23: phases[0].load.duration: "soon" is not a duration; write for example 5s, 200ms or 1m'],
    [phase("load: { duration: 0s }"), "f.yaml:3:23: phases[0].load.duration: 0s is too short; write at least 1ms"],
    [phase("load: { duration: 2h }"), "f.yaml:3:23: phases[0].load.duration: 2h is too long; write at most 1h"],
    [phase("load: { queries: 1, timeout: 2m }"), "f.yaml:3:34: phases[0].load.timeout: 2m is too long; write at most 1m"],
    [phase("load: { queries: 1, timeout: 500 }"), "f.yaml:3:34: phases[0].load.timeout: 500 has no unit; write 500s or 500ms"],
    [phase("load: { queries: 1, catch-up: 100 }"), "f.yaml:3:35: phases[0].load.catch-up: 100 has no unit; write 100s or 100ms"],
    [phase("load: { queries: 1, catch-up: 2m }"), "f.yaml:3:35: phases[0].load.catch-up: 2m is too long; write at most 1m"],
    [phase("load: { queries: 1, rate: 2000 }"), "f.yaml:3:31: phases[0].load.rate: 2000 has no unit; write 2000/s"],
    [phase("load: { queries: 1, rate: 3000k/s }"), 'f.yaml:3:31: phases[0].load.rate: "3000k/s" is more than 2000k/s; write at most 2000k/s, or unlimited'],
    [phase("load: { queries: 1, retry: { wait: 10 } }"), "f.yaml:3:40: phases[0].load.retry.wait: 10 has no unit; write 10s or 10ms"],
    [phase("load: { queries: 1, retry: { times: 11 } }"), "f.yaml:3:41: phases[0].load.retry.times: 11 is too big; write at most 10"],
    [phase("load: { queries: 1, retry: { on: EPREM } }"), 'f.yaml:3:38: phases[0].load.retry.on: "EPREM" is not known here; write one of EPERM, EAGAIN, ENOBUFS'],
    [phase("load: { queries: 1, retry: 3 }"), "f.yaml:3:32: phases[0].load.retry: 3 is not a block of keys; write retry: { on: EPERM, times: 3, wait: 10ms }"],
    [phase("fill: { occupancy: 99.5 }"), "f.yaml:3:24: phases[0].fill.occupancy: 99.5 has no unit; write 99.5%"],
    [phase("fill: { occupancy: 0.9 }"), "f.yaml:3:24: phases[0].fill.occupancy: 0.9 has no unit; write 90%"],
    [phase("fill: { occupancy: 0% }"), "f.yaml:3:24: phases[0].fill.occupancy: 0% fills nothing; write a share above 0%"],
    [`${FIRST}${REST}observe: { every: 10 }`, "f.yaml:3:19: observe.every: 10 has no unit; write 10s or 10ms"],
    [`${FIRST}${REST}observe: { every: 2s }`, "f.yaml:3:19: observe.every: 2s is too long; write at most 1s"],
    [`${FIRST}${REST}observe: { every: 0.5ms }`, "f.yaml:3:19: observe.every: 0.5ms is too short; write at least 1ms"],
    [phase("load: { queries: 1, ports: 5-1 }"), "f.yaml:3:32: phases[0].load.ports: 5-1 runs backwards; write 1-5"],
    // Ranges and words
    [phase("fill: { occupancy: 9%, sources: 127.64.0.1/16 }"), "f.yaml:3:37: phases[0].fill.sources: 127.64.0.1/16 has bits set beyond /16; write 127.64.0.0/16"],
    [phase("load: { queries: 1, sources: ::1 }"), 'f.yaml:3:34: phases[0].load.sources: "::1" is not an IPv4 range; write for example 127.64.0.0/16'],
    [phase("load: { queries: 0 }"), "f.yaml:3:22: phases[0].load.queries: 0 is too small; write at least 1"],
    [phase("load: { queries: 1, threads: 17 }"), "f.yaml:3:34: phases[0].load.threads: 17 is too big; write at most 16"],
    [`${FIRST}${REST}table: { max: 63 }`, "f.yaml:3:15: table.max: 63 is too small; write at least 64"],
    [`${FIRST}${REST}table: { buckets: 2000000 }`, "f.yaml:3:19: table.buckets: 2000000 is too big; write at most 1048576"],
    [`${FIRST}${REST}lab: { topology: loopbak }`, 'f.yaml:3:18: lab.topology: "loopbak" is not known here; write loopback'],
    [`${FIRST}${REST}expect: doom`, 'f.yaml:3:9: expect: "doom" is not known here; write one of table-full, early-drop-masked, firewall-drop, insert-clash, chain-too-long, send-buffer, elsewhere, untracked, healthy, inconclusive'],
    [`name: My Story\n${REST}`, 'f.yaml:1:7: name: "My Story" is not a name; write lower-case words joined by hyphens, for example small-table'],
    [`name: ${"a".repeat(65)}\n${REST}`, "f.yaml:1:7: name: is longer than 64 characters; shorten it"],
    [phase("load: { queries: 1, query: { name: a b } }"), 'f.yaml:3:40: phases[0].load.query.name: "a b" is not a domain name; write for example example.test'],
    [`${FIRST}phases: [${"{ rest: { duration: 1s } }, ".repeat(33)}]`, "f.yaml:2:1: phases: has more than 32 items; leave some out"],
    // Entries that are inserted
    [insertion("state: assured, entries: [{ protocol: udp, state: replied }]"), "f.yaml:3:50: phases[0].fill.state: says again what entries says; remove one of the two"],
    [phase("fill: { occupancy: 9%, entries: [{ protocol: udp, state: replied }] }"), "f.yaml:3:28: phases[0].fill.entries: can only be inserted; write by: insertion beside it, or state: assured in its place"],
    [phase("fill: { by: insert, occupancy: 9% }"), 'f.yaml:3:17: phases[0].fill.by: "insert" is not known here; write one of traffic, insertion'],
    [insertion("entries: []"), "f.yaml:3:43: phases[0].fill.entries: is empty; write entries: [{ protocol: tcp, state: established }]"],
    [insertion("entries: [udp]"), 'f.yaml:3:53: phases[0].fill.entries[0]: "udp" is not a block of keys; write { protocol: tcp, state: established } after the dash'],
    [insertion("entries: [{}]"), "f.yaml:3:53: phases[0].fill.entries[0].protocol: is missing; write protocol: udp"],
    [insertion("entries: [{ protocol: tpc }]"), 'f.yaml:3:65: phases[0].fill.entries[0].protocol: "tpc" is not known here; write one of udp, tcp'],
    [insertion("entries: [{ protocol: 17 }]"), "f.yaml:3:65: phases[0].fill.entries[0].protocol: 17 is not known here; write one of udp, tcp"],
    [insertion("entries: [{ protocol: tcp }]"), "f.yaml:3:53: phases[0].fill.entries[0].state: is missing; write state: established"],
    [insertion("entries: [{ protocol: udp, state: established }]"), 'f.yaml:3:77: phases[0].fill.entries[0].state: "established" is not known here; write one of unreplied, replied'],
    [insertion("entries: [{ protocol: tcp, state: timewait }]"), 'f.yaml:3:77: phases[0].fill.entries[0].state: "timewait" is not known here; write time-wait'],
    [insertion("entries: [{ protocol: tcp, state: close, timeout: 5 }]"), "f.yaml:3:93: phases[0].fill.entries[0].timeout: 5 has no unit; write 5s or 5ms"],
    [insertion("entries: [{ protocol: tcp, state: close, share: 0.5 }]"), "f.yaml:3:91: phases[0].fill.entries[0].share: 0.5 has no unit; write 50%"],
    [insertion("entries: [{ protocol: tcp, state: close, shares: 50% }]"), "f.yaml:3:84: phases[0].fill.entries[0].shares: is not known here; write share"],
    [insertion("entries: [{ protocol: tcp, state: close, share: 90% }]"), "f.yaml:3:43: phases[0].fill.entries: the shares add up to 90%; write shares that add up to 100%, or leave one out"],
    [insertion("entries: [{ protocol: tcp, state: close, share: 100% }, { protocol: udp, state: replied }]"), "f.yaml:3:43: phases[0].fill.entries: the shares add up to 100%, which leaves nothing for the groups without one; write smaller shares"],
    // YAML
    ["a: [b\n", "f.yaml:2:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; align it with the keys above"],
    ["{ a: 1\n", "f.yaml:2:1: not YAML: Flow map must end with a }; add what is missing, or put the text in double quotes"],
    ["a:\n\tb: 1", "f.yaml:2:1: not YAML: Tabs are not allowed as indentation; indent with spaces"],
    ["a: @b\n", "f.yaml:1:4: not YAML: Plain value cannot start with reserved character @; put the text in double quotes"],
    ["a: b: c\n", "f.yaml:1:4: not YAML: Nested mappings are not allowed in compact mappings; put the inner key on a line of its own, or the text in double quotes"],
    ["a: 1\n---\nb: 2", "f.yaml:2:1: not YAML: holds more than one document; write one scenario a file, without a second ---"],
    ["a: !!foo 3", "f.yaml:1:4: not YAML: Unresolved tag: tag:yaml.org,2002:foo; compare with scenarios/kernel-defaults.yaml"],
    ["a: *b", "f.yaml: its aliases (*name) cannot be resolved; write the values out"],
    ["", `f.yaml: is empty; ${AN_EXAMPLE}`],
    [" \n\n", `f.yaml: is empty; ${AN_EXAMPLE}`],
    ["# only this\n", `f.yaml: holds nothing but comments; ${AN_EXAMPLE}`],
    ["[".repeat(100_000), `f.yaml: is nested too deeply; ${AN_EXAMPLE}`],
    ["- ".repeat(100_000), `f.yaml: is nested too deeply; ${AN_EXAMPLE}`],
  ])("%#", (text, message) => expect(problemsOf(text)).toBe(message));

  it("lists all problems of a file, in its order", () => {
    expect(problemsOf("name: X\nlab: { tracking: 1 }\nphases:\n  - load: { duration: 5, rate: 7 }\n  - rest: {}\n").split("\n").map((line) => line.split(": ")[1])).toEqual([
      "name", "lab.tracking", "phases[0].load.duration", "phases[0].load.rate", "phases[1].rest.duration",
    ]);
  });
});

it("is not hung by aliases that multiply", () => {
  const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`);
  expect(problemsOf(["l0: &l0 [a]", ...levels].join("\n"))).toBe("f.yaml: its aliases (*name) cannot be resolved; write the values out");
});

it("allows anchors for phases that repeat", () => {
  const { scenario } = readScenario("name: x\nphases:\n  - load: &l { queries: 5 }\n  - load: *l\n", "f.yaml");
  expect(scenario.phases[1]).toEqual(scenario.phases[0]);
});

it("answers any text with a scenario or with lines that name the file", () => {
  const words = fc.constantFrom("name", "phases", "load", "fill", ":", " ", "\n", "  ", "- ", "{", "}", "[", "]", "*a", "&a ", "!!set", "? ", "|", "'", '"', "5s", "~", "\t", "#", "%", "<<");
  fc.assert(fc.property(fc.oneof(fc.string(), fc.array(words, { maxLength: 40 }).map((parts) => parts.join(""))), (text) => {
    for (const line of problemsOf(text).split("\n")) expect(line).toMatch(/^(accepted|f\.yaml:.*; .*)$/);
  }), { numRuns: 2_000 });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "tablefull-load-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const complaintAbout = (name: string): string => complaint(() => loadScenario(join(folder, name))).replaceAll(`${folder}/`, "");

  it.each([
    ["missing.yaml", `missing.yaml: no such file; ${AN_EXAMPLE}`],
    ["folder", `folder: is a directory; ${AN_EXAMPLE}`],
    ["empty.yaml", `empty.yaml: is empty; ${AN_EXAMPLE}`],
    ["binary.yaml", `binary.yaml: is not UTF-8 text; ${AN_EXAMPLE}`],
    ["big.yaml", `big.yaml: is bigger than 256 KiB; ${AN_EXAMPLE}`],
    ["empty.yaml/x", `empty.yaml/x: no such file; ${AN_EXAMPLE}`],
    ["good.yaml", "accepted"],
  ])("%s", (name, message) => {
    mkdirSync(join(folder, "folder"), { recursive: true });
    writeFileSync(join(folder, "empty.yaml"), "");
    writeFileSync(join(folder, "binary.yaml"), Buffer.from([0x6e, 0xff, 0xfe]));
    writeFileSync(join(folder, "big.yaml"), "#".repeat(300_000));
    writeFileSync(join(folder, "good.yaml"), `\u{FEFF}${FIRST}${REST}`);
    expect(complaintAbout(name)).toBe(message);
  });

  it("a time series is read from beside the scenario", () => {
    const load = (rate: string): string => `${FIRST}phases:\n  - load: { rate: { replay: ${rate} } }\n`;
    writeFileSync(join(folder, "series.csv"), "# a morning\nseconds,rate\n100,0\n\n103.5, 2000\n103.5,50.5\n110,0\n");
    writeFileSync(join(folder, "replay.yaml"), load("series.csv"));
    expect(loadScenario(join(folder, "replay.yaml")).scenario.phases).toMatchObject([
      { ratePps: 2_000, durationMs: 10_000, shape: { kind: "replay", points: [[0, 0], [3_500, 2_000], [3_500, 50.5], [10_000, 0]].map(([atMs, ratePps]) => ({ atMs, ratePps })) } },
    ]);
    writeFileSync(join(folder, "lost.yaml"), `${load("lost.csv")}  - load: { rate: { replay: bad.csv } }\n`);
    writeFileSync(join(folder, "bad.csv"), "0,1\n5;2\n");
    expect(complaintAbout("lost.yaml")).toBe(
      "lost.yaml:3:29: phases[0].load.rate.replay: lost.csv: no such file; write the path of a CSV file, relative to the scenario\n" +
      "bad.csv:2: is not a time and a rate; write seconds and queries per second, for example 12.5,2000",
    );
  });

  it.each(["healthy", "healthy.yaml", "elsewhere/healthy.yaml"])("%s may mean a scenario that is there", (name) => {
    expect(complaint(() => loadScenario(name))).toBe(`${name}: no such file; write scenarios/healthy.yaml`);
  });

  it("/dev/null", () => {
    expect(complaint(() => loadScenario("/dev/null"))).toBe(`/dev/null: is not a regular file; ${AN_EXAMPLE}`);
  });
});
