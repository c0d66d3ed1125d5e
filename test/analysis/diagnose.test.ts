import { describe, expect, test } from "vitest";
import { diagnose } from "../../src/analysis/diagnose.ts";
import type { HostFacts } from "../../src/analysis/host-facts.ts";
import { someHost } from "../fixtures/host-facts.ts";

const asked = { ratePps: 2000 };
const still = { sinceBoot: 0, rose: 0 };
const established = [{ protocol: "tcp", state: "ESTABLISHED", assured: true, entries: 262_144 }];

describe("the level", () => {
  test.each<[string, Partial<HostFacts>, string]>([
    ["a machine with room", {}, "fine"],
    ["no conntrack", { max: null, buckets: null, entries: null, tracks: null, counters: { drop: null, earlyDrop: null, insertFailed: null, chainTooLong: null } }, "fine"],
    ["loaded and off", { tracks: false, entries: 0, composition: null }, "fine"],
    ["80 % occupied", { entries: 209_716 }, "at risk"],
    ["just below", { entries: 209_714 }, "fine"],
    ["full", { entries: 262_144, composition: established }, "failing"],
    ["drops of long ago", { counters: { ...someHost().counters, drop: { sinceBoot: 7, rose: 0 } } }, "at risk"],
    ["drops now", { counters: { ...someHost().counters, drop: { sinceBoot: 7, rose: 1 } } }, "failing"],
    ["chains too long now", { counters: { ...someHost().counters, drop: still, chainTooLong: { sinceBoot: 7, rose: 2 } } }, "failing"],
    ["lines in the log", { kernelLog: { lines: 3, lastAgoS: 60, readable: true } }, "at risk"],
    ["a table smaller than the port range", { max: 16_384, buckets: 16_384, entries: 10, composition: null }, "at risk"],
    ["8 entries a bucket", { max: 262_144, buckets: 32_768 }, "at risk"],
    ["a log that may not be read", { kernelLog: { lines: 0, lastAgoS: null, readable: false } }, "fine"],
  ])("%s", (_, differs, level) => {
    expect(diagnose(someHost(differs), asked).level).toBe(level);
  });
});

describe("what it says", () => {
  test("a full table: who fills it, the model, and commands that fit", () => {
    const { forecast, next, signs } = diagnose(someHost({ entries: 262_144, composition: established }), asked);
    expect(signs.map(({ text }) => text)).toContain("262,144 of 262,144 entries (100.0 %); mostly TCP ESTABLISHED, ASSURED (100.0 %)");
    expect(forecast?.answer.epermShare).toBe(1);
    expect(next).toContain("sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=7440");
  });

  test("nothing to do where all is fine", () => {
    expect(diagnose(someHost(), asked).next).toEqual([]);
  });

  test("crowded buckets are raised first", () => {
    expect(diagnose(someHost({ buckets: 32_768 }), asked).next[1]).toBe("sysctl -w net.netfilter.nf_conntrack_buckets=262144");
  });

  test("a rate that the ports cannot sustain levels off", () => {
    const { forecast } = diagnose(someHost(), { ratePps: 100_000 });
    expect(forecast?.answer.fullAfterS).toBeNull();
    expect(diagnose(someHost({ max: 20_000 }), { ratePps: 100_000 }).forecast?.answer.fullAfterS).toBeLessThan(2);
  });

  test("what tablefull lacks, with how to get it", () => {
    const { lacks } = diagnose(someHost({ missingCommands: [{ command: "nft", packageName: "nftables", neededFor: "every lab" }], labRefusal: "no user namespaces", libc: false, privileged: false }), asked);
    expect(lacks.length).toBe(4);
    expect(lacks[0]).toBe("nft is not installed (every lab): apt-get install nftables, or npm run setup");
  });
});
