import { describe, expect, it } from "vitest";
import { parsePortRange, parseUnsigned, portCount } from "../../src/kernel/sysctl.ts";

describe("parseUnsigned", () => {
  it.each([
    ["262144\n", 262_144],
    ["0", 0],
    ["", null],
    ["\n", null],
    ["-1\n", null],
    ["1 2\n", null],
    ["0x10", null],
    ["99999999999999999999", null],
  ])("%j is %s", (text, value) => {
    expect(parseUnsigned(text)).toBe(value);
  });
});

describe("parsePortRange", () => {
  it.each([
    ["32768\t60999\n", { first: 32_768, last: 60_999 }],
    ["1024 65535", { first: 1024, last: 65_535 }],
    ["60999\t32768\n", null],
    ["1024\t70000\n", null],
    ["1024\n", null],
    ["", null],
  ])("%j", (text, range) => {
    expect(parsePortRange(text)).toEqual(range);
  });

  it("holds 28,232 ports by default", () => {
    expect(portCount({ first: 32_768, last: 60_999 })).toBe(28_232);
  });
});
