import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arena } from "../../src/libc/arena.ts";
import { writeAddress } from "../../src/libc/sockets.ts";
import { BASE, FakeLibc } from "./fake-libc.ts";

describe("Arena", () => {
  it("takes pieces that are aligned to 16 and do not touch each other", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 30 }), (sizes) => {
      const arena = new Arena(new FakeLibc(), 4096);
      let end = 0;
      for (const size of sizes) {
        const { address, offset } = arena.take(size);
        expect(offset % 16).toBe(0);
        expect(offset).toBeGreaterThanOrEqual(end);
        expect(offset - end).toBeLessThan(16);
        expect(address).toBe(BASE + offset);
        end = offset + size;
      }
    }));
  });

  it("gives its last byte and no more", () => {
    const arena = new Arena(new FakeLibc(), 64);
    arena.take(40);
    expect(() => arena.take(17)).toThrow(new RangeError("arena of 64 bytes is full"));
    expect(arena.take(16).offset).toBe(48);
    expect(() => arena.take(1)).toThrow(RangeError);
  });

  it("stores pointers in 64 bits, little endian", () => {
    const arena = new Arena(new FakeLibc(), 64);
    fc.assert(fc.property(fc.maxSafeNat(), (address) => {
      arena.setPointer(8, address);
      expect(arena.view.getBigUint64(8, true)).toBe(BigInt(address));
    }));
  });
});

describe("writeAddress", () => {
  it("writes a struct sockaddr_in, and only that", () => {
    const arena = new Arena(new FakeLibc(), 32);
    arena.bytes.fill(0xee);
    writeAddress(arena, 4, { address: 0xc612_0001, port: 0x1234 });
    expect([...arena.bytes.subarray(4, 12)]).toEqual([2, 0, 0x12, 0x34, 198, 18, 0, 1]);
    expect(arena.bytes.filter((byte) => byte === 0xee)).toHaveLength(24);
  });
});
