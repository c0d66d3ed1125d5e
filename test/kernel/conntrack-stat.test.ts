import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConntrackStat } from "../../src/kernel/conntrack-stat.ts";
import { counterColumns, createStatAccumulator, createStatParser, parseConntrackStat } from "../../src/kernel/conntrack-stat.ts";
import { fixture, VERSIONS } from "./fixtures.ts";

const parsed = (text: string): ConntrackStat => {
  const stat = parseConntrackStat(text);
  if (stat === null) throw new Error("unreadable");
  return stat;
};

/** Rows of `drop`, the other counter being 0. */
const reading = (drops: readonly number[]): ConntrackStat =>
  parsed(`entries  drop found\n${drops.map((drop) => `00000007  ${(drop >>> 0).toString(16).padStart(8, "0")} 00000000 \n`).join("")}`);

describe("parseConntrackStat", () => {
  it.each(VERSIONS)("reads %s", (version) => {
    const text = fixture(version, "stat");
    const stat = parsed(text);
    expect(stat.rows).toBe(text.trimEnd().split("\n").length - 1);
    expect(stat.values).toHaveLength(stat.rows * stat.columns.length);
    expect(stat.columns).toContain("early_drop");
    expect(stat.entries).toBe(version === "6.18" ? 11 : 65_536);
  });

  it.each([
    { version: "2.6.32", has: ["searched", "delete_list"], hasNot: ["search_restart", "clashres"] },
    { version: "3.10", has: ["searched", "delete_list", "search_restart"], hasNot: ["clashres", "chainlength"] },
    { version: "4.19", has: ["searched", "delete_list", "search_restart"], hasNot: ["clashres", "chainlength"] },
    { version: "5.10", has: ["clashres", "delete_list"], hasNot: ["searched", "chainlength"] },
    { version: "6.1", has: ["clashres", "chainlength"], hasNot: ["searched", "delete_list"] },
    { version: "6.12", has: ["clashres", "chainlength"], hasNot: ["searched", "delete_list"] },
    { version: "6.18", has: ["clashres", "chainlength"], hasNot: ["searched", "delete_list"] },
  ] as const)("finds the columns of $version", ({ version, has, hasNot }) => {
    const { columns } = parsed(fixture(version, "stat"));
    for (const column of has) expect(columns).toContain(column);
    for (const column of hasNot) expect(columns).not.toContain(column);
  });

  it.each([
    ["nothing", ""],
    ["a header alone", "entries  drop\n"],
    ["no header", "00000001  00000002\n00000001  00000002\n"],
    ["another file's header", "lookups drop\n00000001 00000002\n"],
    ["a row cut off", "entries  drop found\n00000001  00000002\n"],
    ["a row too long", "entries  drop\n00000001  00000002 00000003\n"],
    ["more than 32 bits", "entries  drop\n00000001  100000002\n"],
    ["no number", "entries  drop\n00000001  0000000x\n"],
    ["a column twice", "entries  drop drop\n00000001  00000002 00000003\n"],
  ])("refuses %s", (_what, text) => {
    expect(parseConntrackStat(text)).toBeNull();
  });

  it("reads a last row without its newline", () => {
    expect([...parsed("entries  drop\n0000000a  000000FF").values]).toEqual([10, 255]);
  });
});

/** The rows by the plain way of strings: null unless all of them are `width` numbers of at most 8 digits. */
function rowsByStrings(text: string, width: number): number[][] | null {
  const rows = text.split("\n").map((line) => line.split(" ").filter((word) => word !== "")).filter((words) => words.length > 0);
  const whole = rows.length > 0 && rows.every((words) => words.length === width && words.every((word) => /^[0-9a-f]{1,8}$/i.test(word)));
  return whole ? rows.map((words) => words.map((word) => Number.parseInt(word, 16))) : null;
}

describe("createStatParser", () => {
  const readings = fc.record({
    before: fc.nat(40),
    columns: fc.uniqueArray(fc.constantFrom("drop", "found", "insert", "deadbeef", "invalid"), { maxLength: 4 }),
    rows: fc.array(fc.array(fc.oneof(fc.nat(0xffff_ffff).map((value) => value.toString(16).padStart(8, "0")), fc.constantFrom("FF", "0", "123456789", "x")), { minLength: 2, maxLength: 5 }), { maxLength: 4 }),
    gap: fc.constantFrom(" ", "  "),
    end: fc.constantFrom("\n", " \n", ""),
  });

  it("reads from the middle of a memory what the plain way of strings reads, whatever it has read before", () => {
    fc.assert(
      fc.property(fc.array(readings, { minLength: 1, maxLength: 6 }), (all) => {
        const parse = createStatParser();
        for (const { before, columns, end, gap, rows } of all) {
          const header = ["entries", ...columns].join("  ");
          const fitting = rows.map((words) => (words.includes("x") ? words : [...words, ...words].slice(0, columns.length + 1)));
          const text = fitting.map((words) => words.join(gap)).join("\n") + end;
          const memory = Buffer.from(`${"f".repeat(before)}${header}\n${text}00000001 00000002\n`);
          const stat = parse(memory, before, before + header.length + 1 + text.length);
          const expected = rowsByStrings(text, columns.length + 1);
          expect(stat && { columns: stat.columns, rows: stat.rows, values: [...stat.values], entries: stat.entries }).toEqual(
            expected && { columns: ["entries", ...columns], rows: expected.length, values: expected.flat(), entries: expected[0]?.[0] },
          );
        }
      }),
    );
  });

  it("finds its columns again after a text that is none", () => {
    const text = Buffer.from("entries  drop\n00000001  00000002\n");
    const parse = createStatParser();
    for (const end of [text.length, 0, 5, text.length]) expect(parse(text, 0, end)?.columns ?? null).toEqual(end === text.length ? ["entries", "drop"] : null);
  });
});

describe("counterColumns", () => {
  it("leaves out the level, and columns that are only printed", () => {
    const old = counterColumns(parsed(fixture("3.10", "stat")).columns);
    expect(old).toEqual(expect.arrayContaining(["new", "ignore", "delete", "drop"]));
    expect(old).not.toContain("entries");
    const recent = counterColumns(parsed(fixture("6.18", "stat")).columns);
    expect(recent).toEqual(expect.arrayContaining(["clashres", "chainlength", "drop", "early_drop", "insert_failed"]));
    for (const column of ["entries", "new", "ignore", "delete"]) expect(recent).not.toContain(column);
  });
});

describe("createStatAccumulator", () => {
  it("counts nothing at first", () => {
    const accumulator = createStatAccumulator();
    expect(accumulator.add(reading([5, 6]))).toBeNull();
    expect(accumulator.totals()).toEqual({ drop: 0, found: 0 });
    expect(accumulator.add(reading([5, 6]))).toBeNull();
  });

  it("takes the difference CPU by CPU, across the wrap", () => {
    const accumulator = createStatAccumulator();
    accumulator.add(reading([0xffff_fffe, 10]));
    expect(accumulator.add(reading([3, 11]))).toEqual({ drop: 6 });
    expect(accumulator.add(reading([3, 12]))).toEqual({ drop: 7 });
  });

  it("counts a CPU that appears from its first row on", () => {
    const accumulator = createStatAccumulator();
    accumulator.add(reading([1]));
    expect(accumulator.add(reading([2, 900]))).toEqual({ drop: 1 });
    expect(accumulator.add(reading([2, 905]))).toEqual({ drop: 6 });
  });

  it("misses nothing of a CPU that is away for a while", () => {
    const accumulator = createStatAccumulator();
    accumulator.add(reading([1, 100]));
    expect(accumulator.add(reading([2]))).toEqual({ drop: 1 });
    expect(accumulator.add(reading([2, 107]))).toEqual({ drop: 8 });
  });

  it("begins anew, and keeps its totals, when the columns change", () => {
    const accumulator = createStatAccumulator();
    accumulator.add(reading([1]));
    accumulator.add(reading([4]));
    expect(accumulator.add(parsed("entries  drop clashres\n00000001  00000000 00000009\n"))).toBeNull();
    expect(accumulator.add(parsed("entries  drop clashres\n00000001  00000001 0000000b\n"))).toEqual({ drop: 4, clashres: 2 });
    expect(accumulator.totals()).toEqual({ drop: 4, found: 0, clashres: 2 });
  });

  it("never sums entries", () => {
    const accumulator = createStatAccumulator();
    accumulator.add(parsed("entries  drop\n00000001  00000000\n"));
    expect(accumulator.add(parsed("entries  drop\n00000009  00000000\n"))).toBeNull();
  });

  it("is exact whatever the CPUs count below 2^32 between two readings", () => {
    const step = fc.array(fc.nat(0xffff_ffff), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(step, fc.array(step, { maxLength: 20 }), (start, steps) => {
        const accumulator = createStatAccumulator();
        accumulator.add(reading(start));
        let sum = 0;
        const now = [...start];
        for (const deltas of steps) {
          deltas.forEach((delta, cpu) => {
            now[cpu] = ((now[cpu] ?? 0) + delta) >>> 0;
            sum += delta;
          });
          accumulator.add(reading(now));
          expect(accumulator.totals()["drop"]).toBe(sum);
        }
      }),
    );
  });

  it("never falls, whatever it is given", () => {
    const rows = fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 20 }), (readings) => {
        const accumulator = createStatAccumulator();
        let last = 0;
        for (const drops of readings) {
          accumulator.add(reading(drops));
          const total = accumulator.totals()["drop"] ?? 0;
          expect(total).toBeGreaterThanOrEqual(last);
          last = total;
        }
      }),
    );
  });
});
