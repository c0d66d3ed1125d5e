import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counterDelta, createNetAccumulator, createSnmpParser, NET_KEYS, parseSnmp } from "../../src/kernel/snmp.ts";
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

/** What the file says by the plain way of strings: a counter is a number that a double holds exactly. */
function byStrings(text: string): Record<string, number> {
  const found: Record<string, number> = {};
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  for (let at = 0; at + 1 < lines.length; at++) {
    const [names = [], values = []] = [lines[at], lines[at + 1]];
    const group = names[0] ?? "";
    if (!["Ip:", "Udp:"].includes(group) || values[0] !== group || values.length !== names.length) continue;
    names.forEach((name, column) => {
      const key = `${group.slice(0, -1)}.${name}`;
      const value = /^\d{1,20}$/.test(values[column] ?? "") ? Number(values[column]) : Number.NaN;
      if ((NET_KEYS as readonly string[]).includes(key) && Number.isSafeInteger(value)) found[key] = value;
    });
    at++;
  }
  return found;
}

describe("createSnmpParser", () => {
  const value = fc.oneof(fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.constantFrom("-1", "x", "1x", "000000000000000000000")).map(String);
  const pair = fc.record({
    group: fc.constantFrom("Ip", "Icmp", "Tcp", "Udp", "UdpLite"),
    columns: fc.array(fc.tuple(fc.constantFrom(...NET_KEYS.map((key) => key.split(".")[1] ?? ""), "Forwarding"), value), { minLength: 1, maxLength: 6 }),
    damage: fc.constantFrom("", "", "", " 7", "cut"),
  });
  const text = fc.array(pair, { maxLength: 6 }).map((pairs) =>
    pairs.map(({ columns, damage, group }) => {
      const values = damage === "cut" ? "" : `${group}: ${columns.map(([, word]) => word).join(" ")}${damage}\n`;
      return `${group}: ${columns.map(([name]) => name).join(" ")}\n${values}`;
    }).join(""),
  );

  it("reads from the middle of a memory what the plain way of strings reads, whatever it has read before", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ before: fc.nat(40), text, cut: fc.nat(3) }), { minLength: 1, maxLength: 6 }), (all) => {
        const parse = createSnmpParser();
        for (const { before, cut, text: whole } of all) {
          const shown = whole.slice(0, Math.max(0, whole.length - cut));
          expect(parse(Buffer.from(`${"x".repeat(before)}${shown}Udp: 1\nUdp: 2\n`), before, before + shown.length)).toEqual(byStrings(shown));
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(VERSIONS)("reads %s as the plain way of strings does", (version) => {
    expect(parseSnmp(fixture(version, "snmp"))).toEqual(byStrings(fixture(version, "snmp")));
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
