import { encode } from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answeredSequence, outcomeOf } from "../../src/wire/answer.ts";
import { patchQuery, queryTemplate } from "../../src/wire/query.ts";

const sequence = fc.nat(0xffff_ffff);

/** The query turned into an answer as a resolver would: QR set, the rest as it was. */
function answerTo(number: number): Uint8Array {
  const bytes = queryTemplate({ name: "load.test", type: "A" });
  patchQuery(bytes, 0, number);
  bytes[2] = (bytes[2] ?? 0) | 0x80;
  return bytes;
}

describe("answeredSequence", () => {
  it("finds the query, wherever the packet stands in memory", () => {
    fc.assert(fc.property(sequence, fc.nat(100), (number, offset) => {
      const answer = answerTo(number);
      const bytes = new Uint8Array(offset + answer.length);
      bytes.set(answer, offset);
      expect(answeredSequence(bytes, offset, answer.length)).toBe(number);
    }));
  });

  it("finds it in what dns-packet makes", () => {
    const questions = [{ type: "A" as const, name: "00bEef01.load.test" }];
    const answers = [{ type: "A" as const, name: "00bEef01.load.test", ttl: 1, data: "192.0.2.1" }];
    const answer = encode({ type: "response", id: 0xef01, questions, answers });
    expect(answeredSequence(answer, 0, answer.length)).toBe(0xbeef01);
  });

  it("is -1 for an id that is not the label's", () => {
    fc.assert(fc.property(sequence, fc.nat(0xffff), (number, id) => {
      fc.pre(id !== (number & 0xffff));
      const answer = answerTo(number);
      answer[0] = id >> 8;
      answer[1] = id & 0xff;
      expect(answeredSequence(answer, 0, answer.length)).toBe(-1);
    }));
  });

  it("is -1 for a query", () => {
    const query = queryTemplate({ name: "load.test", type: "A" });
    patchQuery(query, 0, 5);
    expect(answeredSequence(query, 0, query.length)).toBe(-1);
  });

  it("is -1 for a packet cut off before the end of the label, whatever stands after it in memory", () => {
    const answer = answerTo(5);
    for (let length = 0; length < 21; length++) expect(answeredSequence(answer, 0, length)).toBe(-1);
    expect(answeredSequence(answer, 0, 21)).toBe(5);
  });

  it("is -1 for garbage", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      // A label length of 8, eight hexadecimal digits and the id they imply do not come by chance.
      expect(answeredSequence(bytes, 0, bytes.length)).toBe(-1);
    }));
  });
});

describe("outcomeOf", () => {
  const outcome = (flags: number): string => {
    const bytes = new Uint8Array(15);
    bytes[5] = flags >> 8;
    bytes[6] = flags & 0xff;
    return outcomeOf(bytes, 3);
  };

  it.each([
    [0, "NOERROR"], [1, "FORMERR"], [2, "SERVFAIL"], [3, "NXDOMAIN"], [4, "NOTIMP"], [5, "REFUSED"], [6, "YXDOMAIN"], [7, "YXRRSET"],
    [8, "NXRRSET"], [9, "NOTAUTH"], [10, "NOTZONE"], [11, "RCODE11"], [15, "RCODE15"],
  ])("calls rcode %i %s", (rcode, name) => {
    expect(outcome(0x8000 | rcode)).toBe(name);
    expect(outcome(0x8200 | rcode)).toBe(`${name}+TC`);
  });

  it("looks at no other flag: AA, RD, RA, Z, AD, CD", () => {
    expect(outcome(0x85f0)).toBe("NOERROR");
    expect(outcome(0x87f3)).toBe("NXDOMAIN+TC");
  });
});
