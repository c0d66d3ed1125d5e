import { describe, expect, it } from "vitest";
import { predictCommand, questionOf } from "../../src/commands/predict.ts";
import { UserError } from "../../src/errors.ts";

describe("predict", () => {
  it("asks for a default kernel where no flag says otherwise", () => {
    expect(questionOf({})).toEqual({ max: 262_144, buckets: 262_144, flowSpace: 28_232, ratePps: 2000, lifetimeS: 45, assured: 0 });
  });

  it("takes every flag", () => {
    const flags = { rate: "5k/s", max: 1000, buckets: 500, sources: 3, ports: 100, "udp-timeout": "10s", assured: "90%" };
    expect(questionOf(flags)).toEqual({ max: 1000, buckets: 500, flowSpace: 300, ratePps: 5000, lifetimeS: 15, assured: 900 });
  });

  it.each([
    [{ rate: "fast" }, '--rate: "fast" is not a rate; write for example 2000/s or 50k/s'],
    [{ rate: "unlimited" }, "--rate: unlimited is no number; write for example 2000/s"],
    [{ rate: "0" }, "--rate: 0/s sends nothing; write a rate above 0/s"],
    [{ max: 0 }, "--max: write a whole number from 1 to 2147483647"],
    [{ buckets: 1.5 }, "--buckets: write a whole number from 1 to 2147483647"],
    [{ ports: 70_000 }, "--ports: write a whole number from 1 to 65535"],
    [{ sources: Number.NaN }, "--sources: write a whole number from 1 to 2147483647"],
    [{ "udp-timeout": "0s" }, "--udp-timeout: an entry lives longer than 0 s; write for example 30s"],
    [{ "udp-timeout": "5" }, "--udp-timeout: 5 has no unit; write 5s or 5ms"],
    [{ assured: "120%" }, '--assured: "120%" is more than the whole; write at most 100%'],
  ])("refuses %o in one line", (flags, message) => {
    expect(() => questionOf(flags)).toThrow(new UserError(message));
  });

  it("refuses flags beside a scenario", () => {
    expect(() => predictCommand({ scenario: "a.yaml", max: 5 })).toThrow("--max and a scenario file exclude each other: leave one of them out");
  });
});
