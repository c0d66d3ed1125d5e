import { decode } from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { patchQuery, sequenceOf } from "../../src/wire/query.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";

const sequence = fc.nat(0xffff_ffff);
const BEFORE = 7;

/** A query in the middle of a larger buffer, as in an arena. */
function queryWithin(number: number): { bytes: Uint8Array; length: number } {
  const template = queryTemplate({ name: "load.test", type: "A" });
  const bytes = new Uint8Array(BEFORE + template.length + 9).fill(0xee);
  bytes.set(template, BEFORE);
  patchQuery(bytes, BEFORE, number);
  return { bytes, length: template.length };
}

describe("queryTemplate", () => {
  it.each(["A", "AAAA", "TXT"] as const)("is one recursive %s question below the name", (type) => {
    const packet = decode(Buffer.from(queryTemplate({ name: "load.test", type })));
    expect(packet).toMatchObject({ type: "query", id: 0, opcode: "QUERY", flag_rd: true, flag_tc: false, answers: [], additionals: [] });
    expect(packet.questions).toEqual([{ name: "00000000.load.test", type, class: "IN" }]);
  });
});

describe("patchQuery", () => {
  it("writes the number into id and label, and nowhere else", () => {
    fc.assert(fc.property(sequence, (number) => {
      const { bytes, length } = queryWithin(number);
      const packet = decode(Buffer.from(bytes.subarray(BEFORE, BEFORE + length)));
      expect(packet.id).toBe(number & 0xffff);
      expect(packet.questions?.[0]?.name).toBe(`${number.toString(16).padStart(8, "0")}.load.test`);
      expect([...bytes.subarray(0, BEFORE), ...bytes.subarray(BEFORE + length)].every((byte) => byte === 0xee)).toBe(true);
    }));
  });

  it("leaves nothing of the number before", () => {
    fc.assert(fc.property(sequence, sequence, (first, second) => {
      const { bytes } = queryWithin(first);
      patchQuery(bytes, BEFORE, second);
      expect(bytes).toEqual(queryWithin(second).bytes);
    }));
  });
});

describe("sequenceOf", () => {
  it("reads what patchQuery wrote", () => {
    fc.assert(fc.property(sequence, (number) => {
      const { bytes, length } = queryWithin(number);
      expect(sequenceOf(bytes, BEFORE, length)).toBe(number);
    }));
  });

  it("does not mind the case of the digits (0x20)", () => {
    const { bytes, length } = queryWithin(0xabcd_ef09);
    const label = Buffer.from(bytes.buffer, BEFORE + 13, 8);
    label.write("aBCdEF09", "latin1");
    expect(sequenceOf(bytes, BEFORE, length)).toBe(0xabcd_ef09);
  });

  it.each([
    ["g", 0x67], ["G", 0x47], ["/", 0x2f], [":", 0x3a], ["@", 0x40], ["`", 0x60], ["NUL", 0], ["0x10, a digit but for its case bit", 0x10], ["a byte beyond ASCII", 0xe1],
  ])("takes %s for no digit", (_what, character) => {
    for (let at = 0; at < 8; at++) {
      const { bytes, length } = queryWithin(1);
      bytes[BEFORE + 13 + at] = character;
      expect(sequenceOf(bytes, BEFORE, length)).toBe(-1);
    }
  });

  it("needs a label of eight characters, whole", () => {
    const { bytes } = queryWithin(1);
    expect(sequenceOf(bytes, BEFORE, 21)).toBe(1);
    expect(sequenceOf(bytes, BEFORE, 20)).toBe(-1);
    for (const length of [0, 7, 9, 0xc0]) {
      bytes[BEFORE + 12] = length;
      expect(sequenceOf(bytes, BEFORE, 40)).toBe(-1);
    }
  });
});
