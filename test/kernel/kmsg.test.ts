import { describe, expect, it } from "vitest";
import { parseKmsgRecord } from "../../src/kernel/kmsg.ts";
import { fixture, VERSIONS } from "./fixtures.ts";

describe("parseKmsgRecord", () => {
  it.each([
    "nf_conntrack: table full, dropping packet.",
    "nf_conntrack: table full, dropping packet",
    "nf_conntrack: nf_conntrack: table full, dropping packet",
    "ip_conntrack: table full, dropping packet.",
    "nf_conntrack: table full (65536), dropping packet",
    "nf_conntrack: table full in netns 4026531840, dropping packet",
    "nf_conntrack: nf_conntrack: table full (65536) in netns 4026531840, dropping packet.",
  ])("knows %s", (line) => {
    const known = { kind: "table-full", suppressed: null, line };
    expect(parseKmsgRecord(`4,1200,5020113000,-;${line}\n`)).toEqual({ ...known, timestampUs: 5_020_113_000 });
    expect(parseKmsgRecord(`4,1200,5020113000,-,caller=T512;${line}\n SUBSYSTEM=net\n DEVICE=n3\n`)).toEqual({
      ...known,
      timestampUs: 5_020_113_000,
    });
    expect(parseKmsgRecord(`[   12.345678] ${line}`)).toEqual({ ...known, timestampUs: 12_345_678 });
    expect(parseKmsgRecord(`<4>[12.345] ${line}`)).toEqual({ ...known, timestampUs: 12_345_000 });
    expect(parseKmsgRecord(line)).toEqual({ ...known, timestampUs: null });
  });

  it.each([
    ["net_ratelimit: 241 callbacks suppressed", 241],
    ["__ratelimit: 7 callbacks suppressed", 7],
    ["net_ratelimit: 12 messages suppressed", 12],
    ["printk: 19 messages suppressed.", 19],
  ])("knows %s", (line, suppressed) => {
    expect(parseKmsgRecord(`4,1,99,-;${line}\n`)).toEqual({ timestampUs: 99, kind: "suppressed", suppressed, line });
  });

  it.each([
    ["nothing", ""],
    ["another message", "6,810,4990000000,-;device eth0 entered promiscuous mode\n"],
    ["another rate limit", "4,1,99,-;audit: 12 callbacks suppressed\n"],
    ["another table", "4,1,99,-;nf_conntrack: expectation table full\n"],
    ["words in a continuation line", "6,1,99,-;device\n nf_conntrack: table full, dropping packet\n"],
    ["words in the middle", "4,1,99,-;x nf_conntrack: table full, dropping packet\n"],
    ["a program that writes to /dev/kmsg (facility 1)", "12,1,99,-;nf_conntrack: table full, dropping packet\n"],
  ])("ignores %s", (_what, text) => {
    expect(parseKmsgRecord(text)).toBeNull();
  });

  it.each(VERSIONS)("finds the lines of %s among others", (version) => {
    const kinds = fixture(version, "kmsg")
      .split("\n")
      .map((line) => parseKmsgRecord(line)?.kind)
      .filter((kind) => kind !== undefined);
    expect(kinds).toEqual(version === "6.18" ? ["table-full", "table-full", "suppressed"] : ["table-full", "suppressed"]);
  });
});
