import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BulkLines } from "../../src/store/bulk-lines.ts";
import { sampleRecord, storedTick, tickRecord } from "../../src/store/records.ts";
import type { SampleRecord, StoredTick, TickRecord } from "../../src/store/records.ts";
import { aTick } from "../fixtures/runs/story.ts";

/** A field of its own for each way in which `read` can go. */
const full = aTick({ atNs: 4_490_073_725, failed: { EPERM: 85 }, answered: { NOERROR: 15, "NOERROR+TC": 1 }, latenciesUs: { 96: 2, 1344: 1 }, strays: {}, icmp: { ECONNREFUSED: 2 }, retries: 3, recovered: 2, gaveUp: 1, planned: 7, dropped: 0 });
const sample: SampleRecord = { type: "sample", atNs: 10_007_919, count: 3, max: 262_144, stat: { drop: 1 }, net: { "Ip.OutRequests": 160, "Udp.NoPorts": 0 } };

/** What JSON.parse and the schema make of a line. */
const slowly = {
  tick: (line: string): StoredTick | null => {
    const tick = tickRecord.safeParse(parsed(line)).data;
    return tick === undefined ? null : storedTick(tick);
  },
  sample: (line: string): SampleRecord | null => sampleRecord.safeParse(parsed(line)).data ?? null,
};

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Each line in bytes that held another before, at any place in them, as the lines of a file come. */
function quickly(kind: "tick" | "sample", lines: readonly string[], bulk = new BulkLines()): unknown[] {
  const bytes = Buffer.alloc(Math.max(...lines.map((line) => Buffer.byteLength(line))) + 8);
  return lines.map((line, index) => {
    const start = index % 5;
    bytes.fill("7").write(`${line}\n`, start);
    return bulk[kind](bytes, start, start + Buffer.byteLength(line));
  });
}

const plain = fc.nat({ max: 999_999_999 });
const odd = fc.oneof(plain, fc.constantFrom<unknown>(undefined, null, "1", true, [], [1], {}, -0, 1e9, 1e15, 2 ** 53, 1e300), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const name = fc.oneof(fc.constantFrom("EPERM", "NOERROR+TC", "112", "007", "__proto__", "constructor", 'a"b', "a\\b", "Ω", "\u007f"), fc.string());
const oddCounts = fc.dictionary(name, fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: odd }), { maxKeys: 4 });

/** A valid record with some of its fields changed or left out, and its fields in any order. */
function variants(record: object): fc.Arbitrary<string> {
  const names = Object.keys(record);
  return fc
    .tuple(fc.dictionary(fc.constantFrom(...names, "other"), fc.oneof(odd, oddCounts), { maxKeys: 2 }), fc.shuffledSubarray(names, { minLength: names.length - 1 }), fc.boolean())
    .map(([changed, order, asWritten]) => {
      const inOrder = asWritten ? record : Object.fromEntries(["type", ...order].map((field) => [field, (record as Record<string, unknown>)[field]]));
      return JSON.stringify({ ...inOrder, ...changed });
    });
}

/** As damage leaves a line: other bytes in it, its beginning, its end, two of them in one. */
function damages(line: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const bit = fc.oneof(fc.constantFrom(..."0123456789{}[]\",:\\ -.eE\t\r\u0000Ω", "", "null", '"sent":1,', "00"), fc.string({ maxLength: 3 }).map((text) => text.replaceAll("\n", " ")));
  return fc.oneof(
    fc.tuple(line, fc.nat(), fc.nat({ max: 3 }), bit).map(([whole, at, removed, put]) => whole.slice(0, at % whole.length) + put + whole.slice((at % whole.length) + removed)),
    fc.tuple(line, fc.nat()).map(([whole, at]) => whole.slice(0, at % whole.length)),
    fc.tuple(line, fc.nat()).map(([whole, at]) => whole.slice(at % whole.length)),
    fc.tuple(line, line).map(([one, other]) => `${one},${other}`),
    fc.constantFrom("", " ", "{", "}", "null", "[]", '{"type":"tick",', '{"type":"sample",'),
  );
}

describe.each([
  { kind: "tick", record: full as object },
  { kind: "sample", record: sample as object },
] as const)("a $kind", ({ kind, record }) => {
  test("as it is written is read from its bytes", () => {
    const line = JSON.stringify(record);
    expect(quickly(kind, [line])).toEqual([slowly[kind](line)]);
    expect(quickly(kind, [line])).not.toEqual([null]);
  });

  test("is what JSON.parse and its schema make of it, or is left to them, whatever stands in the lines", () => {
    const line = variants(record);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, damages(line)), { minLength: 1, maxLength: 6 }), (lines) => {
        for (const [index, read] of quickly(kind, lines).entries()) {
          if (read !== null) expect(read).toEqual(slowly[kind](lines[index] ?? ""));
        }
      }),
      { numRuns: 4000 },
    );
  });

  test("is read from its bytes whatever the order of its fields, and whichever are left out that may be", () => {
    const schema = kind === "tick" ? tickRecord : sampleRecord;
    const names = Object.keys(record).filter((field) => field !== "type");
    fc.assert(
      fc.property(fc.array(fc.shuffledSubarray(names), { minLength: 1, maxLength: 4 }), (orders) => {
        const lines = orders.map((order) => JSON.stringify(Object.fromEntries(["type", ...order].map((field) => [field, (record as Record<string, unknown>)[field]]))));
        expect(quickly(kind, lines).map((read) => read !== null)).toEqual(lines.map((line) => schema.safeParse(JSON.parse(line)).success));
      }),
    );
  });
});

test("ticks whose latencies are not wanted are the same without them, and the same lines are left to JSON.parse", () => {
  const line = variants(full);
  fc.assert(
    fc.property(fc.array(fc.oneof(line, damages(line)), { minLength: 1, maxLength: 6 }), (lines) => {
      const whole = quickly("tick", lines) as (StoredTick | null)[];
      expect(quickly("tick", lines, new BulkLines({ latencies: false }))).toEqual(whole.map((tick) => tick && { ...tick, latenciesUs: undefined }));
    }),
    { numRuns: 2000 },
  );
});

test("a table whose size is not known is none that is empty", () => {
  const unknown: SampleRecord = { type: "sample", atNs: 0, count: null, max: null };
  expect(quickly("sample", [unknown, { ...unknown, count: 0 }, unknown].map((record) => JSON.stringify(record)))).toEqual([unknown, { ...unknown, count: 0 }, unknown]);
});

test("no name is taken for another, however many there are", () => {
  const lines = Array.from({ length: 3000 }, (_, index) => JSON.stringify({ ...sample, stat: { [`column${1000 + index}`]: 1 } }));
  expect(quickly("sample", lines)).toEqual(lines.map(slowly.sample));
});

test("numbers are exact up to the largest that is read, and larger ones are left to JSON.parse", () => {
  const tick = (atNs: number, sent: number): string => JSON.stringify(aTick({ atNs, sent }) satisfies TickRecord);
  const [read, long, many] = quickly("tick", [tick(999_999_999_999_999, 999_999_999), tick(1e15, 0), tick(0, 1e9)]);
  expect(read).toMatchObject({ atNs: 999_999_999_999_999, sent: 999_999_999 });
  expect([long, many]).toEqual([null, null]);
});
