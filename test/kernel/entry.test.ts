import { describe, expect, it } from "vitest";
import type { ConntrackEntry } from "../../src/kernel/entry.ts";
import { parseEntry } from "../../src/kernel/entry.ts";
import { fixture, VERSIONS } from "./fixtures.ts";

const lines = (text: string): string[] => text.trimEnd().split("\n");

const udp: ConntrackEntry = {
  family: 4,
  protocol: "udp",
  state: null,
  assured: false,
  unreplied: true,
  offloaded: false,
  timeoutS: 29,
  source: "10.0.0.7",
  destination: "10.0.0.2",
  sourcePort: 32_801,
  destinationPort: 53,
};
const V4 = "ipv4     2 ";
const UNREPLIED =
  "udp      17 29 src=10.0.0.7 dst=10.0.0.2 sport=32801 dport=53 [UNREPLIED] src=10.0.0.2 dst=10.0.0.7 sport=53 dport=32801 mark=0 use=1";

describe("parseEntry", () => {
  it.each([
    ["conntrack -L", UNREPLIED, udp],
    ["conntrack -L -o extended", `${V4}${UNREPLIED}`, udp],
    ["replied", UNREPLIED.replace("[UNREPLIED] ", ""), { ...udp, unreplied: false }],
    [
      "ASSURED",
      "udp      17 118 src=10.0.0.7 dst=10.0.0.2 sport=32801 dport=53 src=10.0.0.2 dst=10.0.0.7 sport=53 dport=32801 [ASSURED] mark=0 use=1",
      { ...udp, unreplied: false, assured: true, timeoutS: 118 },
    ],
    [
      "IPv6 without its name",
      "udp      17 29 src=2001:2::7 dst=2001:2::2 sport=32801 dport=53 [UNREPLIED] src=2001:2::2 dst=2001:2::7 sport=53 dport=32801 use=1",
      { ...udp, family: 6, source: "2001:2::7", destination: "2001:2::2" },
    ],
    [
      "TCP",
      `${V4}tcp      6 117 TIME_WAIT src=10.0.0.7 dst=10.0.0.1 sport=51602 dport=53 src=10.0.0.1 dst=10.0.0.7 sport=53 dport=51602 [ASSURED] use=1`,
      {
        ...udp,
        protocol: "tcp",
        state: "TIME_WAIT",
        assured: true,
        unreplied: false,
        timeoutS: 117,
        destination: "10.0.0.1",
        sourcePort: 51_602,
      },
    ],
    [
      "offloaded",
      `${V4}tcp      6 src=10.0.0.7 dst=10.0.0.2 sport=32801 dport=53 src=10.0.0.2 dst=10.0.0.7 sport=53 dport=32801 [HW_OFFLOAD] use=1`,
      { ...udp, protocol: "tcp", offloaded: true, unreplied: false, timeoutS: null },
    ],
    [
      "ICMP",
      `${V4}icmp     1 29 src=10.0.0.7 dst=10.0.0.2 type=8 code=0 id=4711 [UNREPLIED] src=10.0.0.2 dst=10.0.0.7 type=0 code=0 id=4711 use=1`,
      { ...udp, protocol: "icmp", sourcePort: null, destinationPort: null },
    ],
    [
      "GRE, which prints its timeouts",
      `${V4}gre      47 29 timeout=30, stream_timeout=180 src=10.0.0.7 dst=10.0.0.2 srckey=0x0 dstkey=0x1 [UNREPLIED] src=10.0.0.2 dst=10.0.0.7 srckey=0x1 dstkey=0x0 use=1`,
      { ...udp, protocol: "gre", sourcePort: null, destinationPort: null },
    ],
    [
      "a protocol without a name",
      "unknown  89 599 src=10.0.0.7 dst=10.0.0.2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.7 use=1",
      { ...udp, protocol: "unknown(89)", timeoutS: 599, sourcePort: null, destinationPort: null },
    ],
    [
      "ICMPv6 before it had a name",
      "ipv6     10 unknown  58 29 src=2001:2::7 dst=2001:2::2 type=128 code=0 id=1 [UNREPLIED] src=2001:2::2 dst=2001:2::7 type=129 code=0 id=1 use=1",
      { ...udp, family: 6, protocol: "icmpv6", source: "2001:2::7", destination: "2001:2::2", sourcePort: null, destinationPort: null },
    ],
    ["past its time", UNREPLIED.replace("17 29", "17 -3"), { ...udp, timeoutS: 0 }],
    ["an impossible port", UNREPLIED.replace("sport=32801", "sport=70000"), { ...udp, sourcePort: null }],
  ])("reads %s", (_what, line, entry) => {
    expect(parseEntry(line)).toEqual(entry);
  });

  it.each([
    ["nothing", ""],
    ["the summary of conntrack(8)", "conntrack v1.4.7 (conntrack-tools): 11 flow entries have been shown."],
    ["a line cut off", "ipv4     2 udp      17 29 sr"],
    ["another file", "Udp: InDatagrams NoPorts"],
  ])("refuses %s", (_what, line) => {
    expect(parseEntry(line)).toBeNull();
  });

  it.each(VERSIONS)("reads every line of %s", (version) => {
    for (const line of lines(fixture(version, "entries"))) {
      const entry = parseEntry(line);
      expect(entry, line).not.toBeNull();
      expect(entry?.family).toBe(line.startsWith("ipv6") ? 6 : 4);
      expect(entry?.source).not.toBeNull();
    }
  });

  it("reads the same from both forms of conntrack -L", () => {
    const short = lines(fixture("6.18", "conntrack-L")).map(parseEntry);
    expect(short).not.toContain(null);
    expect(short).toEqual(lines(fixture("6.18", "conntrack-L-extended")).map(parseEntry));
  });
});
