import { type Answer, decode, encode, type Packet, type Question } from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Answerer } from "../../src/lab/resolvers/embedded/answerer.ts";
import { patchQuery } from "../../src/wire/query.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";

const OFFSET = 32;
const ROOM = 1232;
const OUTSIDE = 0xee;

/** Answers within `room` bytes of a larger buffer, and checks that nothing outside them was touched. */
function answerBytes(query: Uint8Array, { room = ROOM, answerer = new Answerer({ truncates: true }), stale = new Uint8Array() } = {}): Uint8Array | null {
  const bytes = new Uint8Array(OFFSET + Math.max(room, query.length) + 32).fill(OUTSIDE);
  bytes.set(stale.subarray(0, room), OFFSET);
  bytes.set(query, OFFSET);
  const length = answerer.answer(bytes, OFFSET, query.length, room);
  expect(length).toBeLessThanOrEqual(room);
  const outside = [...bytes.subarray(0, OFFSET), ...bytes.subarray(OFFSET + Math.max(room, query.length))];
  expect(outside.every((byte) => byte === OUTSIDE)).toBe(true);
  return length === 0 ? null : bytes.slice(OFFSET, OFFSET + length);
}

function answer(query: Packet, answerer = new Answerer({ truncates: true })): Packet {
  const bytes = answerBytes(encode({ type: "query", id: 0xabcd, flags: 0x100, ...query }), { answerer });
  if (bytes === null) throw new Error("no answer");
  return decode(Buffer.from(bytes));
}

const question = (name: string, type: Question["type"] = "A"): Question => ({ name, type, class: "IN" });
const record = (name: string, type: "A" | "AAAA"): object => ({ name, type, class: "IN", ttl: 60, data: type === "A" ? "192.0.2.1" : "2001:db8::1" });
const OPT: Answer = { type: "OPT", name: ".", udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] };

/** The zone: every name answers A and AAAA, `nx` is NXDOMAIN, `tc` is truncated. */
const ZONE = [
  { name: "00000001.load.test", type: "A", rcode: "NOERROR", truncated: false, answers: [record("00000001.load.test", "A")] },
  { name: "x", type: "A", rcode: "NOERROR", truncated: false, answers: [record("x", "A")] },
  { name: "00000001.load.test", type: "AAAA", rcode: "NOERROR", truncated: false, answers: [record("00000001.load.test", "AAAA")] },
  { name: "00000001.load.test", type: "TXT", rcode: "NOERROR", truncated: false, answers: [] },
  { name: "00000001.nx.test", type: "A", rcode: "NXDOMAIN", truncated: false, answers: [] },
  { name: "nx.test", type: "AAAA", rcode: "NXDOMAIN", truncated: false, answers: [] },
  { name: "NX.test", type: "A", rcode: "NXDOMAIN", truncated: false, answers: [] },
  { name: "a.Nx", type: "A", rcode: "NXDOMAIN", truncated: false, answers: [] },
  { name: "nx", type: "TXT", rcode: "NXDOMAIN", truncated: false, answers: [] },
  { name: "00000001.tc.test", type: "A", rcode: "NOERROR", truncated: true, answers: [] },
  { name: "TC", type: "A", rcode: "NOERROR", truncated: true, answers: [] },
  { name: "tc.nx.test", type: "A", rcode: "NXDOMAIN", truncated: false, answers: [] },
  { name: "annx.tcc.test", type: "A", rcode: "NOERROR", truncated: false, answers: [record("annx.tcc.test", "A")] },
] as const;

describe.each([
  { way: "a plain query", additionals: [] as Answer[] },
  { way: "a query with EDNS", additionals: [OPT] },
])("$way", ({ additionals }) => {
  it.each(ZONE)("for $type of $name: $rcode, truncated $truncated", ({ name, type, rcode, truncated, answers }) => {
    const response = answer({ questions: [question(name, type)], additionals: [...additionals] });
    expect(response).toMatchObject({
      type: "response", id: 0xabcd, opcode: "QUERY", rcode, flag_aa: true, flag_tc: truncated, flag_rd: true, flag_ra: true, authorities: [],
    });
    expect(response.questions).toEqual([question(name, type)]);
    expect(response.answers).toMatchObject(answers);
    expect(response.answers).toHaveLength(answers.length);
    expect(response.additionals?.map((extra) => extra.type)).toEqual(additionals.length === 0 ? [] : ["OPT"]);
  });

  it("does not claim recursion was desired when it was not", () => {
    expect(answer({ flags: 0, questions: [question("x.test")], additionals: [...additionals] })).toMatchObject({ flag_rd: false, flag_ra: true });
  });

  it("has nothing outside class IN", () => {
    const response = answer({ questions: [{ name: "x.test", type: "A", class: "CH" }], additionals: [...additionals] });
    expect(response).toMatchObject({ rcode: "NOERROR", answers: [], questions: [{ class: "CH" }] });
  });

  it("says nothing rather than write beyond its room", () => {
    const query = encode({ type: "query", questions: [question("x.test")], additionals: [...additionals] });
    const whole = answerBytes(query)?.length ?? 0;
    expect(answerBytes(query, { room: whole })).toHaveLength(whole);
    expect(answerBytes(query, { room: whole - 1 })).toBeNull();
  });
});

describe("Answerer", () => {
  it("answers each of several questions", () => {
    const questions = [question("a.test"), question("b.test", "AAAA"), question("c.test", "TXT")];
    const response = answer({ questions });
    expect(response.questions).toEqual(questions);
    expect(response.answers).toMatchObject([record("a.test", "A"), record("b.test", "AAAA")]);
  });

  it("answers the same in any order of questions: what it keeps ready is not mixed up", () => {
    const asked = fc.constantFrom(...ZONE);
    fc.assert(fc.property(fc.array(asked, { maxLength: 30 }), (series) => {
      const answerer = new Answerer({ truncates: true });
      for (const { name, type } of series) {
        const query = { questions: [question(name, type)] };
        expect(answer(query, answerer)).toEqual(answer(query));
      }
    }));
  });

  it("keeps on answering when it has met more names than it keeps", () => {
    const answerer = new Answerer({ truncates: true });
    for (let i = 0; i < 3000; i++) {
      const response = answer({ questions: [question(`x.${i}.test`)] }, answerer);
      expect(response.answers?.[0]).toMatchObject(record(`x.${i}.test`, "A"));
    }
  });

  it("answers the senders' own queries, each by its number", () => {
    const answerer = new Answerer({ truncates: true });
    const query = queryTemplate({ name: "load.test", type: "A" });
    fc.assert(fc.property(fc.nat(0xffff_ffff), (sequence) => {
      patchQuery(query, 0, sequence);
      const name = `${sequence.toString(16).padStart(8, "0")}.load.test`;
      const bytes = answerBytes(query, { answerer });
      expect(decode(Buffer.from(bytes ?? []))).toMatchObject({ id: sequence & 0xffff, questions: [{ name }], answers: [record(name, "A")] });
    }));
  });

  it("does not answer an answer, nor less than a header", () => {
    const query = encode({ type: "query", questions: [question("x.test")] });
    expect(answerBytes(encode({ type: "response", questions: [question("x.test")] }))).toBeNull();
    for (let length = 0; length < 12; length++) expect(answerBytes(query.subarray(0, length))).toBeNull();
  });

  it("does not answer a question that is cut off, whatever stood there before", () => {
    const query = encode({ type: "query", questions: [question("x.test")] });
    for (let length = 12; length < query.length; length++) expect(answerBytes(query.subarray(0, length), { stale: Uint8Array.from(query) })).toBeNull();
  });
});

describe("Answerer and garbage", () => {
  const plausible = fc.record({
    flags: fc.constantFrom(0x0100, 0x0000, 0x2800),
    counts: fc.array(fc.constantFrom(0, 1, 1, 2), { minLength: 4, maxLength: 4 }),
    body: fc.array(fc.oneof(fc.uint8Array({ maxLength: 63 }).map((label) => [label.length, ...label]), fc.constant([0, 0, 1, 0, 1]), fc.uint8Array({ maxLength: 12 }).map((bytes) => [...bytes])), { maxLength: 12 }),
  }).map(({ flags, counts, body }) => Uint8Array.from([1, 2, flags >> 8, flags & 0xff, ...counts.flatMap((count) => [0, count]), ...body.flat()]));
  const u16 = fc.oneof(fc.nat(0xffff), fc.constantFrom(1, 28, 41, 255)).map((number) => [number >> 8, number & 0xff]);
  const label = fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => [bytes.length, ...bytes]);
  const odd = fc.tuple(fc.array(label, { maxLength: 4 }), u16, u16).map(([labels, type, kind]) => [...labels.flat(), 0, ...type, ...kind]);
  // Well-formed questions about names that are no text: dns-packet reads them, and must write them again.
  const oddQuestions = fc.tuple(fc.nat(0x7f), fc.nat(0xff), fc.array(odd, { maxLength: 4 }))
    .map(([high, low, questions]) => Uint8Array.from([1, 2, high, low, 0, questions.length, 0, 0, 0, 0, 0, 0, ...questions.flat()]));
  const garbage = fc.oneof(fc.uint8Array({ maxLength: 300 }), plausible, oddQuestions);

  it("never throws and never writes outside its room", () => {
    fc.assert(fc.property(garbage, fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: 1500 }), (query, stale, room) => {
      answerBytes(query, { room: Math.max(room, query.length), stale });
    }), { numRuns: 3000 });
  });
});
