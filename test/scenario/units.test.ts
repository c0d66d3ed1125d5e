import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration, parsePorts, parseRate, parseShare } from "../../src/scenario/units.ts";

const value = <T>(parsed: { ok: true; value: T } | { ok: false; error: string }): T | string => (parsed.ok ? parsed.value : parsed.error);

describe("parseDuration", () => {
  it.each([
    ["5s", 5_000], ["200ms", 200], ["1m", 60_000], ["1h", 3_600_000], ["1.5s", 1_500], ["0.1s", 100], ["1.1s", 1_100], ["0s", 0],
    ["5", "5 has no unit; write 5s or 5ms"],
    ["0.5", "0.5 has no unit; write 0.5s or 0.5ms"],
    ["soon", '"soon" is not a duration; write for example 5s, 200ms or 1m'],
    ["5 s", '"5 s" is not a duration; write for example 5s, 200ms or 1m'],
    ["-5s", '"-5s" is not a duration; write for example 5s, 200ms or 1m'],
    ["", '"" is not a duration; write for example 5s, 200ms or 1m'],
    ["5S", '"5S" is not a duration; write for example 5s, 200ms or 1m'],
    [`${"9".repeat(400)}s`, `"${"9".repeat(40)}…" is too long; write for example 5s`],
    ["5\u001B[31ms", '"5\\u001b[31ms" is not a duration; write for example 5s, 200ms or 1m'],
  ])("%j", (text, expected) => expect(value(parseDuration(text))).toBe(expected));

  it("reads back every whole number of every unit", () => {
    fc.assert(fc.property(fc.nat(100_000), fc.constantFrom(["ms", 1], ["s", 1_000], ["m", 60_000], ["h", 3_600_000] as const), (n, [unit, ms]) => {
      expect(parseDuration(`${n}${unit}`)).toEqual({ ok: true, value: n * Number(ms) });
    }));
  });
});

describe("parseRate", () => {
  it.each([
    ["2000/s", 2_000], ["50k/s", 50_000], ["0.5/s", 0.5], ["1.5k/s", 1_500], ["2000k/s", 2_000_000], ["unlimited", null],
    ["2000", "2000 has no unit; write 2000/s"],
    ["2k", "2k has no unit; write 2k/s"],
    ["0/s", "0/s sends nothing; write a rate above 0/s, or unlimited"],
    ["2000001/s", '"2000001/s" is more than 2000k/s; write at most 2000k/s, or unlimited'],
    ["fast", '"fast" is not a rate; write for example 2000/s, 50k/s or unlimited'],
    ["5/m", '"5/m" is not a rate; write for example 2000/s, 50k/s or unlimited'],
  ])("%j", (text, expected) => expect(value(parseRate(text))).toBe(expected));
});

describe("parseShare", () => {
  it.each([
    ["99.5%", 0.995], ["0%", 0], ["100%", 1],
    ["99.5", "99.5 has no unit; write 99.5%"],
    ["0.995", "0.995 has no unit; write 99.5%"],
    ["0.29", "0.29 has no unit; write 29%"],
    ["101%", '"101%" is more than the whole; write at most 100%'],
    ["most", '"most" is not a share; write for example 99.5%'],
  ])("%j", (text, expected) => expect(value(parseShare(text))).toBe(expected));
});

describe("parsePorts", () => {
  it.each([
    ["20000-20063", { first: 20_000, last: 20_063 }], ["53", { first: 53, last: 53 }], ["1-65535", { first: 1, last: 65_535 }],
    ["20063-20000", "20063-20000 runs backwards; write 20000-20063"],
    ["0-10", "0-10 leaves the ports 1 to 65535; write for example 20000-20063"],
    ["1-65536", "1-65536 leaves the ports 1 to 65535; write for example 20000-20063"],
    ["a-b", '"a-b" is not a range of ports; write for example 20000-20063'],
  ])("%j", (text, expected) => expect(value(parsePorts(text))).toEqual(expected));
});

it("never throws, and either yields a finite value or says what to write", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?\d{0,5}[.]?\d{0,3}(ms|s|m|h|k|\/s|%|-\d+)?$/)), (text) => {
    for (const parse of [parseDuration, parseRate, parseShare]) {
      const parsed = parse(text);
      if (parsed.ok) expect(parsed.value === null || Number.isFinite(parsed.value)).toBe(true);
      else expect(parsed.error).toMatch(/^[^\n]+; write [^\n]+$/);
    }
  }));
});
