import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressToNumber, blockOf, cidr, contains, formatRange, numberToAddress, parseCidr } from "../../src/plan/addresses.ts";
import { flowAt, flowCount, shareOf } from "../../src/plan/flows.ts";

const address = fc.nat(2 ** 32 - 1);

describe("addresses", () => {
  it("go to a number and back", () => {
    fc.assert(fc.property(address, (n) => void expect(addressToNumber(numberToAddress(n))).toBe(n)));
    expect(addressToNumber("198.18.0.1")).toBe(0xc6120001);
  });

  it.each(["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "1e1.0.0.1", "::1", "a.b.c.d"])("%j is none", (text) => expect(addressToNumber(text)).toBeNull());
});

describe("parseCidr", () => {
  it("reads back what formatRange writes", () => {
    fc.assert(fc.property(address, fc.integer({ min: 0, max: 32 }), (n, prefix) => {
      const size = 2 ** (32 - prefix);
      const range = { base: n - (n % size), size };
      expect(parseCidr(formatRange(range))).toEqual({ ok: true, value: range });
    }));
  });

  it.each([
    ["127.0.0.1", { base: 0x7f000001, size: 1 }],
    ["0.0.0.0/0", { base: 0, size: 2 ** 32 }],
    ["127.64.0.5/16", "127.64.0.5/16 has bits set beyond /16; write 127.64.0.0/16"],
    ["127.64.0.0/33", '"127.64.0.0/33" is not an IPv4 range; write for example 127.64.0.0/16'],
    ["127.64.0.0/", '"127.64.0.0/" is not an IPv4 range; write for example 127.64.0.0/16'],
    ["127.64.0.0/16/1", '"127.64.0.0/16/1" is not an IPv4 range; write for example 127.64.0.0/16'],
    ["localhost", '"localhost" is not an IPv4 range; write for example 127.64.0.0/16'],
  ])("%j", (text, expected) => {
    const parsed = parseCidr(text);
    expect(parsed.ok ? parsed.value : parsed.error).toEqual(expected);
  });

  it("is a bug when a constant is wrong", () => expect(() => cidr("127.0.0.1/8")).toThrow("write 127.0.0.0/8"));
});

it("formats ranges that are no block", () => expect(formatRange({ base: 1, size: 3 })).toBe("0.0.0.1-0.0.0.3"));

it("finds a block around an address that holds enough", () => {
  fc.assert(fc.property(address, fc.integer({ min: 1, max: 2 ** 32 }), (base, count) => {
    const block = blockOf(base, count);
    expect(block !== null && block.size >= count && block.size < 2 * count && contains(block, { base, size: 1 })).toBe(true);
  }));
  expect(blockOf(0, 2 ** 32 + 1)).toBeNull();
});

describe("flows", () => {
  const spaces = fc.record({
    sources: fc.record({ base: fc.nat(2 ** 31), size: fc.integer({ min: 1, max: 40 }) }),
    ports: fc.record({ first: fc.integer({ min: 1, max: 60_000 }), count: fc.integer({ min: 1, max: 20 }) }).map(({ first, count }) => ({ first, last: first + count - 1 })),
  });

  it("are all different, all inside, and as many as counted", () => {
    fc.assert(fc.property(spaces, (space) => {
      const flows = Array.from({ length: flowCount(space) }, (_, i) => flowAt(space, i));
      expect(new Set(flows.map(({ address: a, port }) => `${a}:${port}`)).size).toBe(flows.length);
      for (const { address: a, port } of flows) {
        expect(a >= space.sources.base && a < space.sources.base + space.sources.size).toBe(true);
        expect(port >= space.ports.first && port <= space.ports.last).toBe(true);
      }
    }));
  });

  it("need as few ports as possible", () => {
    fc.assert(fc.property(spaces, fc.nat(), (space, n) => {
      const index = n % flowCount(space);
      expect(flowAt(space, index).port).toBe(space.ports.first + Math.floor(index / space.sources.size));
    }));
  });

  it("begin again after the last", () => {
    fc.assert(fc.property(spaces, fc.nat(1_000), (space, i) => void expect(flowAt(space, i + flowCount(space))).toEqual(flowAt(space, i))));
  });
});

it("splits without a remainder, in consecutive parts of nearly equal size", () => {
  fc.assert(fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 16 }), (total, workers) => {
    const shares = Array.from({ length: workers }, (_, k) => shareOf(total, k, workers));
    let next = 0;
    for (const { first, count } of shares) {
      expect(first).toBe(next);
      next += count;
    }
    expect(next).toBe(total);
    const counts = shares.map(({ count }) => count);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }));
});
