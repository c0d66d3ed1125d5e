import { describe, expect, test } from "vitest";
import { diagnose } from "../../src/analysis/diagnose.ts";
import type { HostFacts } from "../../src/analysis/host-facts.ts";
import { logged, someHost } from "../fixtures/host-facts.ts";

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
    ["lines about this namespace in the log", { kernelLog: logged({ own: { lines: 3, lastAgoS: 60 } }) }, "at risk"],
    ["lines without a namespace", { kernelLog: logged({ unnamed: { lines: 3, lastAgoS: 60 } }) }, "at risk"],
    ["lines about other namespaces", { kernelLog: logged({ others: { lines: 3, lastAgoS: 60 } }) }, "fine"],
    ["a table smaller than the port range", { max: 16_384, buckets: 16_384, entries: 10, composition: null }, "at risk"],
    ["8 entries a bucket", { max: 262_144, buckets: 32_768 }, "at risk"],
    ["a log that may not be read", { kernelLog: null }, "fine"],
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

  test.each<[Parameters<typeof logged>[0], string[]]>([
    [{}, ['no "table full" line in the kernel log']],
    [{ own: { lines: 1, lastAgoS: 5 } }, ['1 "table full" line about this namespace in the kernel log, the last 5 s ago']],
    [{ others: { lines: 90, lastAgoS: 300 } }, ['90 "table full" lines about other network namespaces in the kernel log, none about this one, the last 5 min ago']],
    [{ unnamed: { lines: 2, lastAgoS: null }, others: { lines: 1, lastAgoS: 9 } }, [
      '2 "table full" lines in the kernel log without a namespace (until Linux 6.17 any may be meant, since 6.18 the first)',
      '1 "table full" line about other network namespaces in the kernel log, the last 9 s ago',
    ]],
  ])("whose table the kernel log speaks of: %j", (differs, told) => {
    const texts = diagnose(someHost({ kernelLog: logged(differs) }), asked).signs.map(({ text }) => text);
    expect(texts.filter((text) => text.includes("kernel log"))).toEqual(told);
  });

  test("what tablefull lacks, with how to get it", () => {
    const { lacks } = diagnose(someHost({ missingCommands: [{ command: "nft", packageName: "nftables", neededFor: "every lab" }], labRefusal: "no user namespaces", libc: false, privileged: false }), asked);
    expect(lacks.length).toBe(4);
    expect(lacks[0]).toBe("nft is not installed (every lab): apt-get install nftables, or npm run setup");
  });
});
