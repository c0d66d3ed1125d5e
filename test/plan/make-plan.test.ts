import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Overrides } from "../../src/plan/overrides.ts";
import type { Machine, Plan, PlannedLoad } from "../../src/plan/plan.ts";
import { readScenario } from "../../src/scenario/load.ts";

const MACHINE: Machine = {
  privileged: false, max: 262_144, buckets: 262_144, hostEntries: 3_000, ephemeralPorts: { first: 32_768, last: 60_999 }, openFilesHard: 20_000, libc: true,
};
const ROOT: Machine = { ...MACHINE, privileged: true };
const NO_LIBC: Machine = { ...MACHINE, libc: false };
const TARGET = { address: "127.0.0.1", port: 53 };
const AWAY = { address: "192.0.2.1", port: 53 };
const ULIMIT = "or raise the limit (as root: ulimit -Hn 1048576)";

interface Given { lab?: string; table?: string; phases: string[] }
const plan = (given: Given, machine = MACHINE, overrides: Overrides = {}): Plan =>
  makePlan(readScenario(`name: x\nlab: {${given.lab ?? ""}}\ntable: {${given.table ?? ""}}\nphases:\n${given.phases.map((phase) => `  - ${phase}\n`).join("")}`, "f.yaml"), machine, overrides);
const load = (text: string): string => `load: { ${text} }`;
const planLoad = (text: string, machine = MACHINE, overrides: Overrides = {}): PlannedLoad => plan({ phases: [load(text)] }, machine, overrides).phases[0] as PlannedLoad;

function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("a plan", () => {
  it("gives every fill and sweep ports that none before it had", () => {
    const sweep = load("strategy: sweep, queries: 70000");
    const { phases } = plan({ phases: ["fill: { occupancy: 40% }", sweep, "fill: { occupancy: 80% }", sweep] });
    const ranges = phases.map((phase) => ("ports" in phase ? [phase.ports.first, phase.ports.last] : []));
    expect(ranges).toEqual([[20_000, 20_001], [40_000, 40_001], [20_002, 20_005], [40_002, 40_003]]);
  });

  it("fills with the fewest ports", () => {
    expect(plan({ phases: ["fill: { occupancy: 99.5% }"] })).toMatchObject({
      table: { max: 262_144, buckets: 262_144 },
      target: { address: "127.0.0.53", port: 53 },
      phases: [{ kind: "fill", entries: 260_833, state: "assured", sources: { base: 0x7f400000, size: 65_536 }, ports: { first: 20_000, last: 20_003 }, threads: 2 }],
    });
  });

  it.each([
    ["the embedded resolver's address is our own", "", "assured", MACHINE, true],
    ["replied ones too", "", "replied", MACHINE, true],
    ["as many as there are", "", "assured", { ...ROOT, max: 1_000_000, openFilesHard: 1e6 }, true],
    ["not where no answer is wanted", "", "unreplied", MACHINE, false],
    ["not for a router, whose flows begin with what reaches it", "topology: gateway", "assured", MACHINE, false],
    ["not for a resolver in another namespace", "topology: pair", "assured", MACHINE, false],
    ["not for somebody else's resolver", "resolver: unbound", "assured", MACHINE, false],
    ["not where rules may drop or translate", "ruleset: 'table ip nat {}'", "assured", MACHINE, false],
    ["not with Node's own sockets", "", "assured", NO_LIBC, false],
  ])("whether a fill answers itself: %s", (_why, lab, state, machine, answersItself) => {
    const threads = answersItself ? 2 : 1;
    expect(plan({ lab, phases: [`fill: { occupancy: 50%, state: ${state} }`] }, machine).phases).toMatchObject([{ answersItself, threads }]);
  });

  it("asks the resolver once a program of the scenario's own may have changed the rules", () => {
    const fill = "fill: { occupancy: 10% }";
    expect(plan({ phases: [fill, "exec: { command: ['true'] }", fill] }).phases).toMatchObject([{ answersItself: true }, {}, { answersItself: false }]);
  });

  it("fills and sends with Node's own sockets where the C library cannot be called", () => {
    const { libc, phases } = plan({ phases: ["fill: { occupancy: 1%, state: time-wait }", load("queries: 5")] }, NO_LIBC);
    expect(libc).toBe(false);
    expect(phases).toMatchObject([{ engine: "dgram", state: "time-wait" }, { engine: "dgram" }]);
  });

  it("inserts from as few ports, and needs no sockets for it", () => {
    const fill = "fill: { by: insertion, occupancy: 90%, sources: 127.64.0.0/28, entries: [{ protocol: tcp, state: established, timeout: 120h, share: 60% }, { protocol: udp, state: replied }] }";
    expect(plan({ phases: [fill] }, { ...MACHINE, openFilesHard: 64 }).phases).toEqual([{
      kind: "fill", by: "insertion", entries: 235_930, sources: { base: 0x7f400000, size: 16 }, ports: { first: 20_000, last: 34_745 }, threads: 1,
      groups: [
        { protocol: "tcp", state: "established", assured: true, timeoutS: 432_000, share: 0.6, destination: { address: "127.0.0.53", port: 443 } },
        { protocol: "udp", state: "replied", assured: false, timeoutS: 30, share: 0.4, destination: { address: "127.0.0.53", port: 53 } },
      ],
    }]);
    expect(plan({ lab: "resolver: silent", phases: ["fill: { by: insertion, occupancy: 5% }"] }).phases).toMatchObject([{ groups: [{ assured: true }] }]);
  });

  it("sends to the resolver of its topology", () => {
    expect(plan({ lab: "topology: pair", phases: ["rest: { duration: 1s }"] }).target).toEqual({ address: "198.19.255.53", port: 53 });
    expect(plan({ lab: "topology: host", phases: ["exec: { command: [dig] }"] }, MACHINE, { target: TARGET }).target).toEqual(TARGET);
  });

  it("takes the table's size from the scenario before the machine's", () => {
    expect(plan({ table: "max: 6000", phases: ["rest: { duration: 1s }"] }, ROOT).table).toEqual({ max: 6_000, buckets: 262_144 });
  });

  it.each([
    ["queries: 5", { engine: "libc", ports: { first: 32_768, last: 60_999 }, flowSpace: 28_232, sources: null, outstanding: 256, sockets: 256 }],
    ["queries: 5, rate: 5/s", { outstanding: 4_096, sockets: 4_096 }],
    ["queries: 5, sources: 127.1.0.0/24", { flowSpace: 256 * 28_232, sources: { base: 0x7f010000, size: 256 } }],
    ["queries: 5, strategy: pool, sockets: 10", { flowSpace: 10, sockets: 10, outstanding: 65_536 }],
    ["queries: 600000, strategy: sweep", { ports: { first: 40_000, last: 40_009 }, flowSpace: 655_360, sockets: 10, outstanding: 65_536 }],
    ["queries: 600000, strategy: sweep, threads: 4", { ports: { first: 40_000, last: 40_011 } }],
    ["queries: 5, strategy: sweep, threads: 3", { ports: { first: 40_000, last: 40_002 } }],
    ["duration: 2s, rate: 50k/s, strategy: sweep", { ports: { first: 40_000, last: 40_001 } }],
    ["duration: 2s, strategy: sweep", { ports: { first: 40_000, last: 40_015 } }],
    ["duration: 1h, rate: 2000k/s, strategy: sweep, threads: 16", { ports: { first: 40_000, last: 65_535 }, sockets: 19_936 }],
    ["queries: 1000000, strategy: sweep, sources: 127.9.0.0/26, ports: 5536-65535", { flowSpace: 3_840_000, sockets: 19_936, outstanding: 65_536 }],
    ["queries: 1000, strategy: sweep, sources: 127.9.0.0/28, ports: 1000-1001", { ports: { first: 1_000, last: 1_001 }, flowSpace: 32 }],
    ["queries: 5, outstanding: 7, threads: 3", { outstanding: 7 }],
    ["queries: 5, strategy: tcp-per-query", { engine: "libc", flowSpace: 28_232, outstanding: 256, sockets: 256, opened: "at-load" }],
    ["queries: 5, strategy: tcp-persistent, sockets: 3, opened: at-start", { engine: "libc", flowSpace: 3, outstanding: 65_536, sockets: 3, opened: "at-start" }],
  ])("of %s", (text, expected) => expect(planLoad(text)).toMatchObject(expected));

  it("does without the C library where it can", () => expect(planLoad("queries: 5", NO_LIBC).engine).toBe("dgram"));

  it("keeps few sockets open where few may be opened", () => expect(planLoad("queries: 5, rate: 5/s", { ...MACHINE, openFilesHard: 1_024 }).outstanding).toBe(960));

  it("keeps few sockets of a sweep open where few may be opened, and waits for the answers of no more flows than those have", () => {
    const few = planLoad("queries: 100000, strategy: sweep, sources: 127.9.0.0/28, ports: 2000-9999", { ...MACHINE, openFilesHard: 1_024 });
    expect(few).toMatchObject({ sockets: 960, outstanding: 960 * 16, flowSpace: 128_000 });
  });

  it("sweeps with tuples that no fill has used", () => {
    const { phases } = plan({ phases: ["fill: { occupancy: 90%, sources: 127.64.0.0/28 }", load("queries: 5, strategy: sweep, sources: 127.64.0.0/28")] });
    expect(phases).toMatchObject([{ ports: { first: 20_000, last: 34_745 } }, { ports: { first: 40_000 } }]);
    const wide = plan({ phases: ["fill: { occupancy: 90%, sources: 127.64.0.0/29 }", load("queries: 5, strategy: sweep, sources: 127.64.0.0/29")] }, { ...MACHINE, openFilesHard: 1_000_000 });
    expect(wide.phases).toMatchObject([{ ports: { first: 20_000, last: 49_491 } }, { ports: { first: 49_492 } }]);
  });

  it("of a sweep has a tuple for each query and a whole number of ports for each thread", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e8 }), fc.integer({ min: 1, max: 16 }), (queries, threads) => {
      const { flowSpace, ports } = planLoad(`strategy: sweep, queries: ${queries}, threads: ${threads}`);
      expect(flowSpace).toBeGreaterThanOrEqual(queries);
      expect((ports.last - ports.first + 1) % threads).toBe(0);
      expect(flowSpace - queries).toBeLessThan(65_536 * threads);
    }));
  });

  it("takes flags before the file, in every load", () => {
    const overrides: Overrides = { strategy: "pool", engine: "dgram", ratePps: 7, durationMs: 9, queries: 8, threads: 2, sockets: 6, outstanding: 5, timeoutMs: 4, target: TARGET };
    const { phases, scenario, target } = plan({ phases: [load("queries: 5"), load("duration: 1s, rate: 2/s")] }, MACHINE, overrides);
    const expected = { strategy: "pool", engine: "dgram", ratePps: 7, durationMs: 9, queries: 8, threads: 2, sockets: 6, outstanding: 5, timeoutMs: 4 };
    expect(phases).toMatchObject([expected, expected]);
    expect(scenario.phases).toMatchObject([expected, expected]);
    expect(target).toEqual(TARGET);
    expect(planLoad("queries: 5, rate: 5/s", MACHINE, { ratePps: null }).ratePps).toBeNull();
  });

  it("takes a rate by flag in place of a shape, for as long as that would have lasted", () => {
    const ramp = "rate: { ramp: { from: 0/s, to: 9/s, over: 3s } }";
    expect(planLoad(ramp)).toMatchObject({ ratePps: 9, shape: { kind: "ramp" }, durationMs: 3000 });
    expect(planLoad(ramp, MACHINE, { ratePps: 7 })).toMatchObject({ ratePps: 7, shape: null, durationMs: 3000 });
  });

  it("sweeps with enough ports for all that a shape sends", () => {
    const ports = (rate: string): number => {
      const { first, last } = planLoad(`strategy: sweep, ${rate}`).ports;
      return last - first + 1;
    };
    expect(ports("rate: { ramp: { from: 0/s, to: 200k/s, over: 2s } }")).toBe(4);
    expect(ports("rate: { burst: { base: 0/s, peak: 100k/s, every: 1s, for: 100ms } }, duration: 10s")).toBe(2);
    // On average 65,000; hardly ever more than 66,530.
    expect(ports("rate: { poisson: { rate: 65k/s } }, duration: 1s")).toBe(2);
  });

  it("may leave the machine when target, range, rate and duration are all given", () => {
    expect(plan({ lab: "topology: host", phases: [load("rate: 5/s, duration: 1s")] }, MACHINE, { target: AWAY, allowTarget: "192.0.2.0/24" }).target).toEqual(AWAY);
  });
});

describe("what stands in the way", () => {
  const rest = ["rest: { duration: 1s }"];
  const cases: [string, Given, Machine, Overrides, string][] = [
    ["no nf_conntrack", { phases: rest }, { ...MACHINE, max: null, buckets: null }, {}, "nf_conntrack is not loaded, so no lab can track connections; run, as root: modprobe nf_conntrack"],
    ["no nf_conntrack on the host", { lab: "topology: host", phases: rest }, { ...MACHINE, max: null, buckets: null }, { target: TARGET }, "nf_conntrack is not loaded, so this machine has no table that could be full; nothing to observe (modprobe nf_conntrack, as root, would load it)"],
    ["no limit", { phases: rest }, { ...MACHINE, max: 0 }, {}, "nf_conntrack_max is 0 on this machine, which means no limit: its table is never full; set one, as root: sysctl net.netfilter.nf_conntrack_max=262144"],
    ["max without root", { table: "max: 9000", phases: rest }, MACHINE, {}, "f.yaml:3:14: table.max: is one value for the whole host, and setting it needs root; run with sudo, or use scenarios/kernel-defaults.yaml, which needs no root and changes nothing on the host"],
    ["buckets without root", { table: "buckets: 9000", phases: rest }, MACHINE, {}, "f.yaml:3:18: table.buckets: is one value for the whole host, and setting it needs root; run with sudo, or use scenarios/kernel-defaults.yaml, which needs no root and changes nothing on the host"],
    ["max on the host", { lab: "topology: host", table: "max: 9000", phases: rest }, ROOT, { target: TARGET }, "f.yaml:3:14: table.max: is refused in topology host: it would resize the table that this machine works with; remove it, or write topology: loopback"],
    ["max below the host's need", { table: "max: 5999", phases: rest }, ROOT, {}, "f.yaml:3:14: table.max: the host's own table holds 3000 entries; write at least 6000, or use scenarios/kernel-defaults.yaml, which changes nothing on the host"],
    ["too few flows to fill", { phases: ["fill: { occupancy: 99.5%, sources: 127.64.0.0/30 }"] }, { ...MACHINE, openFilesHard: 1_000_000 }, {}, "f.yaml:5:40: phases[0].fill.sources: needs 260833 flows, but 127.64.0.0/30 (4 addresses) x 30000 ports is 120000; write sources: 127.64.0.0/28 (16 addresses x 16303 ports)"],
    ["too few flows, few sockets", { phases: ["fill: { occupancy: 99.5%, sources: 127.64.0.1 }"] }, MACHINE, {}, "f.yaml:5:40: phases[0].fill.sources: needs 260833 flows, but 127.64.0.1 (1 address) x 19936 ports is 19936; write sources: 127.64.0.0/28 (16 addresses x 16303 ports)"],
    ["more entries than the lab can make", { phases: ["fill: { occupancy: 100% }"] }, { ...MACHINE, max: 5e9, openFilesHard: 1_000_000 }, {}, "f.yaml:5:5: phases[0].fill.sources: needs 5000000000 flows, but 127.64.0.0/16 (65536 addresses) x 30000 ports is 1966080000; write sources: 127.64.0.0/14 (262144 addresses x 19074 ports)"],
    ["too few flows in the pair", { lab: "topology: pair", phases: ["fill: { occupancy: 100%, sources: 198.18.0.0/16 }"] }, { ...MACHINE, max: 2e9, openFilesHard: 1_000_000 }, {}, "f.yaml:5:39: phases[0].fill.sources: needs 2000000000 flows, but 198.18.0.0/16 (65536 addresses) x 30000 ports is 1966080000; lower occupancy or table.max: the lab has no more addresses"],
    ["fill without sockets", { phases: ["fill: { occupancy: 1% }"] }, { ...MACHINE, openFilesHard: 64 }, {}, `f.yaml:5:5: phases[0].fill: needs 1 socket, and this process may open none; raise the limit (as root: ulimit -Hn 1048576)`],
    ["insertion without libc", { phases: ["fill: { occupancy: 1%, by: insertion }"] }, NO_LIBC, {}, "f.yaml:5:32: phases[0].fill.by: insertion goes through netlink, which needs the C library, and koffi does not load here; run npm run setup, or write by: traffic and a state"],
    ["fill on the host", { lab: "topology: host", phases: ["fill: { occupancy: 1% }"] }, MACHINE, { target: TARGET }, "f.yaml:5:5: phases[0].fill: is refused in topology host: it would fill this machine's own table; write topology: loopback or pair"],
    ["fill from elsewhere", { phases: ["fill: { occupancy: 1%, sources: 10.0.0.0/8 }"] }, MACHINE, {}, "f.yaml:5:37: phases[0].fill.sources: 10.0.0.0/8 is outside the lab; write a range in 127.0.0.0/8, for example 127.64.0.0/16"],
    ["assured by silence", { lab: "resolver: silent", phases: ["fill: { occupancy: 1% }"] }, MACHINE, {}, "f.yaml:5:5: phases[0].fill.state: no flow becomes assured while nobody answers; write state: unreplied, or resolver: embedded"],
    ["sweep without libc", { phases: [load("queries: 1, strategy: sweep")] }, NO_LIBC, {}, "f.yaml:5:35: phases[0].load.strategy: sweep needs the C library, and koffi does not load here; run npm run setup, or write strategy: per-query"],
    ["sweep with dgram", { phases: [load("queries: 1, strategy: sweep, engine: dgram")] }, MACHINE, {}, "f.yaml:5:50: phases[0].load.engine: dgram cannot sweep (it cannot set a source address per packet); write engine: libc or auto"],
    ["TCP with dgram", { phases: [load("queries: 1, strategy: tcp-persistent, engine: dgram")] }, MACHINE, {}, "f.yaml:5:59: phases[0].load.engine: dgram has no TCP; write engine: libc or auto"],
    ["TCP without libc", { phases: [load("queries: 1, strategy: tcp-per-query")] }, NO_LIBC, {}, "f.yaml:5:35: phases[0].load.strategy: tcp-per-query needs the C library, and koffi does not load here; run npm run setup, or write strategy: per-query"],
    ["too few connections", { phases: [load("queries: 1, strategy: tcp-persistent, sockets: 1, threads: 2")] }, MACHINE, {}, "f.yaml:5:60: phases[0].load.sockets: 1 is fewer than the 2 threads; write at least 2"],
    ["too many connections", { phases: [load("queries: 1, strategy: tcp-persistent, sockets: 8193")] }, MACHINE, {}, "f.yaml:5:60: phases[0].load.sockets: 8193 are more TCP connections than the 8192 that the lab's resolvers hold; write sockets: 8192"],
    ["too many connections at once", { phases: [load("queries: 1, strategy: tcp-per-query, outstanding: 9000")] }, MACHINE, {}, "f.yaml:5:63: phases[0].load.outstanding: 9000 are more TCP connections than the 8192 that the lab's resolvers hold; write outstanding: 8192"],
    ["connections of a pool", { phases: [load("queries: 1, strategy: pool, opened: at-start")] }, MACHINE, {}, "f.yaml:5:49: phases[0].load.opened: at-start is for connections that are there before their first query; remove opened, or write strategy: tcp-persistent"],
    ["retry over TCP", { phases: [load("queries: 1, strategy: tcp-per-query, retry: {}")] }, MACHINE, {}, "f.yaml:5:50: phases[0].load.retry: TCP sends a lost packet again by itself, and no program is told that it was refused; remove retry, or write strategy: per-query or pool"],
    ["retry in a sweep", { phases: [load("queries: 1, strategy: sweep, retry: {}")] }, MACHINE, {}, "f.yaml:5:42: phases[0].load.retry: a sweep has another flow for every query and goes on with the next one; remove retry, or write strategy: per-query or pool"],
    ["libc without libc", { phases: [load("queries: 1, engine: libc")] }, NO_LIBC, {}, "f.yaml:5:33: phases[0].load.engine: libc needs the C library, and koffi does not load here; run npm run setup, or write engine: auto"],
    ["a flag that sweeps", { phases: [load("queries: 1")] }, NO_LIBC, { strategy: "sweep" }, "--strategy: sweep needs the C library, and koffi does not load here; run npm run setup, or write strategy: per-query"],
    ["too many in the pool", { phases: [load("queries: 1, strategy: pool, sockets: 19937")] }, MACHINE, {}, `f.yaml:5:50: phases[0].load.sockets: 19937 are more sockets than the 19936 this process may open; write sockets: 19936, ${ULIMIT}`],
    ["too many in the pool, by flag", { phases: [load("queries: 1, strategy: pool")] }, MACHINE, { sockets: 19_937 }, `--sockets: 19937 are more sockets than the 19936 this process may open; write sockets: 19936, ${ULIMIT}`],
    ["too many outstanding", { phases: [load("queries: 1, outstanding: 20000")] }, MACHINE, {}, `f.yaml:5:38: phases[0].load.outstanding: 20000 outstanding queries, a socket each, are more sockets than the 19936 this process may open; write outstanding: 19936, ${ULIMIT}`],
    ["threads of a sweep without sockets", { phases: [load("queries: 1, strategy: sweep, threads: 8")] }, { ...MACHINE, openFilesHard: 70 }, {}, `f.yaml:5:51: phases[0].load.threads: 8 threads, a socket each at least, are more sockets than the 6 this process may open; write threads: 6, ${ULIMIT}`],
    ["too few in the pool", { phases: [load("queries: 1, strategy: pool, sockets: 3, threads: 4")] }, MACHINE, {}, "f.yaml:5:50: phases[0].load.sockets: 3 is fewer than the 4 threads; write at least 4"],
    ["too few outstanding", { phases: [load("queries: 1, outstanding: 1, threads: 2")] }, MACHINE, {}, "f.yaml:5:38: phases[0].load.outstanding: 1 is fewer than the 2 threads; write at least 2"],
    ["too few swept ports", { phases: [load("queries: 1, strategy: sweep, ports: 1000, threads: 2")] }, MACHINE, {}, "f.yaml:5:49: phases[0].load.ports: 1 is fewer than the 2 threads, each of which needs a port; write at least 2 ports, or threads: 1"],
    ["load from elsewhere", { phases: [load("queries: 1, sources: 198.18.0.0/24")] }, MACHINE, {}, "f.yaml:5:34: phases[0].load.sources: 198.18.0.0/24 is outside the lab; write a range in 127.0.0.0/8, for example 127.64.0.0/16"],
    ["load from elsewhere in the pair", { lab: "topology: pair", phases: [load("queries: 1, sources: 198.19.0.0/24")] }, MACHINE, {}, "f.yaml:5:34: phases[0].load.sources: 198.19.0.0/24 is outside the lab; write a range in 198.18.0.0/16, for example 198.18.0.0/16"],
    ["sources on the host", { lab: "topology: host", phases: [load("queries: 1, sources: 127.1.0.0/24")] }, MACHINE, { target: TARGET }, "f.yaml:5:34: phases[0].load.sources: is refused in topology host: this machine sends from its own address; remove sources"],
    ["sweep on the host", { lab: "topology: host", phases: [load("queries: 1, strategy: sweep")] }, MACHINE, { target: TARGET }, "f.yaml:5:35: phases[0].load.strategy: sweep is refused in topology host: it sends from addresses that are not this machine's; write strategy: per-query or pool"],
    ["a load of days", { phases: [load("queries: 1000000, rate: 10/s")] }, MACHINE, {}, "f.yaml:5:22: phases[0].load.queries: 1000000 queries at 10/s take 27.8 hours; write fewer, or a duration of at most 1h beside them"],
    ["more queries than a shape ever sends", { phases: [load("queries: 100, rate: { steps: [{ rate: 5/s, for: 2s }, { rate: 0/s, for: 1s }] }")] }, MACHINE, {}, "f.yaml:5:22: phases[0].load.queries: 100 queries are more than this rate ever sends; write fewer, or a duration of at most 1h beside them"],
    ["a shape of days", { phases: [load("queries: 1000000, rate: { on-off: { rate: 20/s, on: 1s, off: 1s } }")] }, MACHINE, {}, "f.yaml:5:22: phases[0].load.queries: 1000000 queries at this rate take 27.8 hours; write fewer, or a duration of at most 1h beside them"],
    ["host without target", { lab: "topology: host", phases: rest }, MACHINE, {}, "f.yaml:2:17: lab.topology: host has no resolver of its own; add --target ADDRESS:PORT, for example --target 127.0.0.1:53"],
    ["target outside loopback", { phases: rest }, MACHINE, { target: AWAY, allowTarget: "192.0.2.0/24" }, "--target: 192.0.2.1 is outside the lab; write an address in 127.0.0.0/8, or use lab: { topology: host } in the scenario"],
    ["target outside the pair", { lab: "topology: pair", phases: rest }, MACHINE, { target: TARGET }, "--target: 127.0.0.1 is outside the lab; write an address in 198.19.255.0/24, or use lab: { topology: host } in the scenario"],
    ["target that is a name", { phases: rest }, MACHINE, { target: { address: "dns.example", port: 53 } }, '--target: "dns.example" is not an IPv4 address; write for example --target 127.0.0.1:53'],
    ["target without port", { phases: rest }, MACHINE, { target: { address: "127.0.0.1", port: 0 } }, "--target: 0 is not a port; write one from 1 to 65535, for example --target 127.0.0.1:53"],
    ["target without leave", { lab: "topology: host", phases: rest }, MACHINE, { target: AWAY }, "--target: 192.0.2.1 is another machine; add --allow-target 192.0.2.1/32 if its owner agrees"],
    ["target beyond its leave", { lab: "topology: host", phases: rest }, MACHINE, { target: AWAY, allowTarget: "10.0.0.0/8" }, "--target: 192.0.2.1 is outside --allow-target 10.0.0.0/8; write --allow-target 192.0.2.1/32 if its owner agrees"],
    ["leave misspelt", { lab: "topology: host", phases: rest }, MACHINE, { target: AWAY, allowTarget: "192.0.2.1/24" }, "--allow-target: 192.0.2.1/24 has bits set beyond /24; write 192.0.2.0/24"],
    ["another machine without bounds", { lab: "topology: host", phases: [load("queries: 1")] }, MACHINE, { target: AWAY, allowTarget: "192.0.2.1" }, "f.yaml:5:5: phases[0].load.rate: unlimited is refused towards another machine; write rate: 100/s, or add --rate 100/s\nf.yaml:5:5: phases[0].load.duration: a load on another machine needs one; write duration: 5s, or add --duration 5s"],
    ["another machine, unlimited by flag", { lab: "topology: host", phases: [load("duration: 1s, rate: 5/s")] }, MACHINE, { target: AWAY, allowTarget: "192.0.2.1", ratePps: null }, "--rate: unlimited is refused towards another machine; write rate: 100/s, or add --rate 100/s"],
    ["threads flag", { phases: rest }, MACHINE, { threads: 17 }, "--threads: 17 is out of range; write a whole number from 1 to 16"],
    ["threads flag far out", { phases: [load("queries: 1, outstanding: 10")] }, MACHINE, { threads: 100_000 }, "--threads: 100000 is out of range; write a whole number from 1 to 16"],
    ["outstanding flag", { phases: rest }, MACHINE, { outstanding: 0 }, "--outstanding: 0 is out of range; write a whole number from 1 to 1000000"],
    ["queries flag", { phases: rest }, MACHINE, { queries: 0.5 }, "--queries: 0.5 is out of range; write a whole number from 1 to 100000000"],
    ["duration flag", { phases: rest }, MACHINE, { durationMs: 7_200_000 }, "--duration: 7200000ms is out of range; write a time from 1ms to 1h"],
    ["timeout flag", { phases: rest }, MACHINE, { timeoutMs: 0 }, "--timeout: 0ms is out of range; write a time from 1ms to 1m"],
    ["rate flag", { phases: rest }, MACHINE, { ratePps: -1 }, "--rate: -1/s is out of range; write a rate above 0/s, at most 2000k/s, or unlimited"],
  ];
  it.each(cases)("%s", (_, given, machine, overrides, message) => expect(complaint(() => plan(given, machine, overrides))).toBe(message));

  it("is listed all at once", () => {
    const lines = complaint(() => plan({
      lab: "topology: pair", table: "max: 9000", phases: ["fill: { occupancy: 1%, sources: 127.0.0.0/8 }", load("queries: 1, strategy: pool, sockets: 1, threads: 2"), load("queries: 1, strategy: sweep, engine: dgram")],
    })).split("\n");
    expect(lines.map((line) => line.split(": ")[1])).toEqual(["table.max", "phases[0].fill.sources", "phases[1].load.sockets", "phases[2].load.engine"]);
  });
});
