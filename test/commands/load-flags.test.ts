import { describe, expect, it } from "vitest";
import { type LoadArguments, overridesOf } from "../../src/commands/load-flags.ts";
import { UserError } from "../../src/errors.ts";
import { typedFlags } from "./typed-flags.ts";

const typed = (...words: string[]): object => overridesOf(typedFlags("run", "x.yaml", ...words));

describe("overridesOf", () => {
  it("is empty without flags", () => {
    expect(overridesOf({})).toEqual({});
    expect(typed()).toEqual({});
  });

  it.each<[LoadArguments, object]>([
    [{ duration: "5s" }, { durationMs: 5000 }],
    [{ duration: "500ms" }, { durationMs: 500 }],
    [{ duration: "1.5m" }, { durationMs: 90_000 }],
    [{ duration: "30" }, { durationMs: 30_000 }],
    [{ duration: "0.5" }, { durationMs: 500 }],
    [{ rate: "2000/s" }, { ratePps: 2000 }],
    [{ rate: "50k/s" }, { ratePps: 50_000 }],
    [{ rate: "2000" }, { ratePps: 2000 }],
    [{ rate: "unlimited" }, { ratePps: null }],
    [{ timeout: "2s" }, { timeoutMs: 2000 }],
    [{ timeout: "5" }, { timeoutMs: 5000 }],
    [{ queries: "100" }, { queries: 100 }],
    [{ threads: "2" }, { threads: 2 }],
    [{ sockets: "256" }, { sockets: 256 }],
    [{ outstanding: "1000" }, { outstanding: 1000 }],
    [{ strategy: "sweep" }, { strategy: "sweep" }],
    [{ engine: "dgram" }, { engine: "dgram" }],
    [{ target: "192.0.2.53:5353" }, { target: { address: "192.0.2.53", port: 5353 } }],
    [{ "allow-target": "192.0.2.0/24" }, { allowTarget: "192.0.2.0/24" }],
    [{ tuning: "notrack" }, { tunings: ["notrack"] }],
    [{ tuning: "notrack, bigger-table" }, { tunings: ["notrack", "bigger-table"] }],
  ])("%o is %o", (flags, overrides) => {
    expect(overridesOf(flags)).toEqual(overrides);
  });

  it.each<[LoadArguments, string]>([
    [{ duration: "5x" }, '--duration: "5x" is not a duration; write for example 5s, 200ms or 1m'],
    [{ duration: "" }, '--duration: "" is not a duration; write for example 5s, 200ms or 1m'],
    [{ rate: "fast" }, '--rate: "fast" is not a rate; write for example 2000/s, 50k/s or unlimited'],
    [{ rate: "50k" }, "--rate: 50k has no unit; write 50k/s"],
    [{ rate: "0" }, "--rate: 0/s sends nothing; write a rate above 0/s, or unlimited"],
    [{ rate: "3000k/s" }, '--rate: "3000k/s" is more than 2000k/s; write at most 2000k/s, or unlimited'],
    [{ queries: "abc" }, "--queries: abc is not a number; write for example 10000"],
    [{ threads: "" }, '--threads: "" is not a number; write for example 10000'],
    [{ tuning: "notrak" }, '--tuning: there is no tuning "notrak"; did you mean notrack?'],
    [{ tuning: "notrack,warp" }, '--tuning: there is no tuning "warp"; tablefull tunings lists them all'],
    [{ tuning: "" }, "--tuning: names no tuning; write for example --tuning notrack (tablefull tunings lists them all)"],
    [{ tuning: "notrack," }, '--tuning: "notrack," has a comma too many; write for example --tuning notrack,bigger-table'],
    [{ tuning: "notrack,notrack" }, "--tuning: notrack is named twice; write it once"],
    [{ timeout: "soon" }, '--timeout: "soon" is not a duration; write for example 5s, 200ms or 1m'],
    ...["localhost:53", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:5.3", "127.0.0.1:53:1", "[::1]:53", ":53", ""].map(
      (target): [LoadArguments, string] => [{ target }, `--target: ${target} is not an IPv4 address and port; write for example 127.0.0.1:53`],
    ),
  ])("%o is refused", (flags, message) => {
    expect(() => overridesOf(flags)).toThrow(new UserError(message));
  });
});

describe("the flags as they are typed", () => {
  it("gives short flags the meaning that they have in dnsperf", () => {
    expect(typed("-l", "30", "-Q", "2000", "-n", "100", "-T", "2", "-c", "8", "-q", "50", "-t", "5")).toEqual({
      durationMs: 30_000, ratePps: 2000, queries: 100, threads: 2, sockets: 8, outstanding: 50, timeoutMs: 5000,
    });
  });

  it("takes long flags too", () => {
    expect(typed("--duration", "5s", "--rate=unlimited", "--strategy", "pool", "--engine", "libc", "--allow-target", "10.0.0.0/8", "--target", "10.0.0.1:53")).toEqual({
      durationMs: 5000, ratePps: null, strategy: "pool", engine: "libc", allowTarget: "10.0.0.0/8", target: { address: "10.0.0.1", port: 53 },
    });
  });
});
