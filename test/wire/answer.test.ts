import { decode, encode } from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answeredSequence, NOT_DNS, outcomeOf, WRONG_ID, WRONG_QUESTION } from "../../src/wire/answer.ts";
import { patchQuery } from "../../src/wire/query.ts";
import { answerTemplate, queryTemplate } from "../../src/wire/query-template.ts";

const sequence = fc.nat(0xffff_ffff);

const QUERY = queryTemplate({ name: "load.test", type: "A" });
/** Of an answer: where the name goes on after the label, and where type and class stand. */
const NAME = 21;
const TYPE = QUERY.length - 4;

/** The query turned into an answer as a resolver would: QR set, the rest as it was. */
function answerTo(number: number): Uint8Array {
  const bytes = Uint8Array.from(QUERY);
  patchQuery(bytes, 0, number);
  bytes[2] = (bytes[2] ?? 0) | 0x80;
  return bytes;
}

const read = (bytes: Uint8Array, length = bytes.length): number => answeredSequence(bytes, 0, length, QUERY);

describe("answeredSequence", () => {
  it("finds the query, wherever the packet stands in memory", () => {
    fc.assert(fc.property(sequence, fc.nat(100), (number, offset) => {
      const answer = answerTo(number);
      const bytes = new Uint8Array(offset + answer.length);
      bytes.set(answer, offset);
      expect(answeredSequence(bytes, offset, answer.length, QUERY)).toBe(number);
    }));
  });

  it("finds it in what dns-packet makes, whatever the case of its letters", () => {
    const questions = [{ type: "A" as const, name: "00bEef01.lOAd.Test" }];
    const answers = [{ type: "A" as const, name: "00bEef01.load.test", ttl: 1, data: "192.0.2.1" }];
    expect(read(encode({ type: "response", id: 0xef01, questions, answers }))).toBe(0xbeef01);
  });

  it("finds it in the shortest answer, which dns-packet reads as one", () => {
    const question = { name: "load.test", type: "A" } as const;
    fc.assert(fc.property(sequence, (number) => {
      const answer = answerTemplate(question);
      patchQuery(answer, 0, number);
      expect(read(answer)).toBe(number);
      expect(decode(Buffer.from(answer))).toMatchObject({ type: "response", rcode: "NOERROR", id: number & 0xffff, questions: [{ type: "A", class: "IN" }], answers: [], authorities: [] });
    }));
  });

  it("knows an id that is not the label's", () => {
    fc.assert(fc.property(sequence, fc.nat(0xffff), (number, id) => {
      fc.pre(id !== (number & 0xffff));
      const answer = answerTo(number);
      answer[0] = id >> 8;
      answer[1] = id & 0xff;
      expect(read(answer)).toBe(WRONG_ID);
    }));
  });

  it("knows a query", () => {
    const query = Uint8Array.from(QUERY);
    patchQuery(query, 0, 5);
    expect(read(query)).toBe(NOT_DNS);
  });

  it("knows a packet cut off before the end of the question, whatever stands after it in memory", () => {
    const answer = answerTo(5);
    for (let length = 0; length < 12; length++) expect(read(answer, length)).toBe(NOT_DNS);
    for (let length = 12; length < answer.length; length++) expect(read(answer, length)).toBe(WRONG_QUESTION);
    expect(read(answer)).toBe(5);
  });

  it.each([
    ["another name", (answer: Uint8Array) => (answer[NAME + 1] = 0x6d)],
    ["a name whose label has another length", (answer: Uint8Array) => (answer[NAME] = 5)],
    ["another type", (answer: Uint8Array) => (answer[TYPE + 1] = 28)],
    ["a type that differs as the case of a letter does", (answer: Uint8Array) => (answer[TYPE + 1] = 1 ^ 0x20)],
    ["another class", (answer: Uint8Array) => (answer[TYPE + 3] = 3)],
    ["no question, as some servers answer an error", (answer: Uint8Array) => (answer[5] = 0)],
    ["two questions", (answer: Uint8Array) => (answer[5] = 2)],
    ["a first label that is none of ours", (answer: Uint8Array) => (answer[13] = 0x7a)],
  ])("knows %s", (_, change) => {
    const answer = answerTo(5);
    change(answer);
    expect(read(answer)).toBe(WRONG_QUESTION);
  });

  it("finds nothing in garbage", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      // A label length of 8, eight hexadecimal digits and the id they imply do not come by chance.
      expect(read(bytes)).toBeLessThan(0);
    }));
  });
});

describe("outcomeOf", () => {
  const outcome = (flags: number, cut = false): string => {
    const bytes = new Uint8Array(15);
    bytes[5] = flags >> 8;
    bytes[6] = flags & 0xff;
    return outcomeOf(bytes, 3, { cut });
  };

  it.each([
    [0, "NOERROR"], [1, "FORMERR"], [2, "SERVFAIL"], [3, "NXDOMAIN"], [4, "NOTIMP"], [5, "REFUSED"], [6, "YXDOMAIN"], [7, "YXRRSET"],
    [8, "NXRRSET"], [9, "NOTAUTH"], [10, "NOTZONE"], [11, "RCODE11"], [15, "RCODE15"],
  ])("calls rcode %i %s", (rcode, name) => {
    expect(outcome(0x8000 | rcode)).toBe(name);
    expect(outcome(0x8200 | rcode)).toBe(`${name}+TC`);
    expect(outcome(0x8000 | rcode, true)).toBe(`${name}+CUT`);
    expect(outcome(0x8200 | rcode, true)).toBe(`${name}+TC+CUT`);
  });

  it("looks at no other flag: AA, RD, RA, Z, AD, CD", () => {
    expect(outcome(0x85f0)).toBe("NOERROR");
    expect(outcome(0x87f3)).toBe("NXDOMAIN+TC");
  });
});
