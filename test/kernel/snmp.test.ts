import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counterDelta, createNetAccumulator, NET_KEYS, parseSnmp } from "../../src/kernel/snmp.ts";
import { fixture, VERSIONS } from "./fixtures.ts";

describe("parseSnmp", () => {
  it.each(VERSIONS.filter((version) => version !== "6.18"))("reads %s", (version) => {
    expect(parseSnmp(fixture(version, "snmp"))).toEqual({
      "Ip.OutRequests": 4_411_562,
      "Ip.OutDiscards": 31_744,
      "Udp.InDatagrams": 2_600_417,
      "Udp.NoPorts": 918,
      "Udp.InErrors": 44,
      "Udp.OutDatagrams": 2_688_305,
      "Udp.RcvbufErrors": 44,
      "Udp.SndbufErrors": 7,
    });
  });

  it("reads what a 6.18 kernel printed", () => {
    const found = parseSnmp(fixture("6.18", "snmp"));
    expect(found).toMatchObject({ "Ip.OutDiscards": 0, "Udp.InDatagrams": 8, "Udp.NoPorts": 1, "Udp.OutDatagrams": 11 });
    expect(Object.keys(found)).toHaveLength(8);
  });

  it.each([
    ["nothing", ""],
    ["a header without values", "Udp: InDatagrams NoPorts\n"],
    ["values of another group", "Udp: InDatagrams\nIp: 4\n"],
    ["a pair that does not match", "Udp: InDatagrams NoPorts\nUdp: 4\n"],
    ["negative and endless numbers", "Udp: InDatagrams NoPorts\nUdp: -1 99999999999999999999\n"],
  ])("finds nothing in %s", (_what, text) => {
    expect(parseSnmp(text)).toEqual({});
  });
});

describe("counterDelta", () => {
  it.each([
    [5, 9, 4],
    [5, 5, 0],
    [2 ** 32 - 2, 3, 5],
    [2 ** 40, 2 ** 40 + 7, 7],
    [100, 3, null],
    [2 ** 40, 3, null],
    [2 ** 31 + 5, 2 ** 31, null],
  ])("from %d to %d is %s", (before, now, delta) => {
    expect(counterDelta(before, now)).toBe(delta);
  });
});

describe("createNetAccumulator", () => {
  it("reports what rose, as totals since the first reading", () => {
    const accumulator = createNetAccumulator();
    expect(accumulator.add({ "Udp.InErrors": 40, "Ip.OutDiscards": 2 })).toBeNull();
    expect(accumulator.add({ "Udp.InErrors": 43, "Ip.OutDiscards": 2 })).toEqual({ "Udp.InErrors": 3 });
    expect(accumulator.add({ "Udp.InErrors": 44, "Ip.OutDiscards": 9 })).toEqual({ "Udp.InErrors": 4, "Ip.OutDiscards": 7 });
    expect(accumulator.totals()).toEqual({ "Udp.InErrors": 4, "Ip.OutDiscards": 7 });
  });

  it("does not know any more once a counter fell for no reason", () => {
    const accumulator = createNetAccumulator();
    accumulator.add({ "Udp.InErrors": 40 });
    expect(accumulator.add({ "Udp.InErrors": 3 })).toBeNull();
    expect(accumulator.add({ "Udp.InErrors": 9 })).toBeNull();
    expect(accumulator.totals()).toEqual({ "Udp.InErrors": null });
  });

  it("never falls", () => {
    const value = fc.oneof(fc.nat(50), fc.integer({ min: 2 ** 32 - 50, max: 2 ** 32 - 1 }), fc.nat({ max: 2 ** 40 }));
    fc.assert(
      fc.property(fc.array(fc.record({ key: fc.constantFrom(...NET_KEYS), value })), (steps) => {
        const accumulator = createNetAccumulator();
        const last = new Map<string, number>();
        for (const { key, value: now } of steps) {
          for (const [name, total] of Object.entries(accumulator.add({ [key]: now }) ?? {})) {
            expect(total).toBeGreaterThanOrEqual(last.get(name) ?? 0);
            last.set(name, total);
          }
        }
      }),
    );
  });
});
