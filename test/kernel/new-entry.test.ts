import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entryTemplate, patchEntry, TCP_STATES, type NewEntry } from "../../src/kernel/new-entry.ts";

const RESOLVER = 0x7f00_0035;
const DNS: NewEntry = { protocol: "udp", tcpState: null, replied: true, assured: true, timeoutS: 120, destination: { address: RESOLVER, port: 53 } };
const WEB: NewEntry = { ...DNS, protocol: "tcp", tcpState: TCP_STATES.established, timeoutS: 432_000, destination: { address: RESOLVER, port: 443 } };

/** A message with its source written in, behind 8 bytes that are not its own. */
function message(entry: NewEntry, source: { address: number; port: number }): Uint8Array {
  const template = entryTemplate(entry);
  const memory = new Uint8Array(8 + template.bytes.length);
  memory.set(template.bytes, 8);
  patchEntry(new DataView(memory.buffer), 8, template, source);
  expect([...memory.subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  return memory.subarray(8);
}

const bytes = (...lines: string[]): Uint8Array => Uint8Array.from(lines.join(" ").split(" ").map((byte) => Number.parseInt(byte, 16)));

/** From linux/netlink.h, linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h: lengths and types little endian, values big endian. */
const TUPLES = (protocol: string, port: string): string[] => [
  "34 00 01 80", // nla_len 52, CTA_TUPLE_ORIG | NLA_F_NESTED
  "14 00 01 80", // 20, CTA_TUPLE_IP
  "08 00 01 00 7f 40 01 02", // CTA_IP_V4_SRC 127.64.1.2
  "08 00 02 00 7f 00 00 35", // CTA_IP_V4_DST 127.0.0.53
  "1c 00 02 80", // 28, CTA_TUPLE_PROTO
  `05 00 01 00 ${protocol} 00 00 00`, // CTA_PROTO_NUM, padded
  "06 00 02 00 4e 21 00 00", // CTA_PROTO_SRC_PORT 20001
  `06 00 03 00 ${port} 00 00`, // CTA_PROTO_DST_PORT
  "34 00 02 80", // CTA_TUPLE_REPLY: the same the other way round
  "14 00 01 80",
  "08 00 01 00 7f 00 00 35",
  "08 00 02 00 7f 40 01 02",
  "1c 00 02 80",
  `05 00 01 00 ${protocol} 00 00 00`,
  `06 00 02 00 ${port} 00 00`,
  "06 00 03 00 4e 21 00 00",
];
const HEADER = (length: string): string[] => [
  `${length} 00 00 00 00 01 01 06`, // nlmsg_len, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, NLM_F_REQUEST | EXCL | CREATE
  "00 00 00 00 00 00 00 00", // nlmsg_seq, nlmsg_pid
  "02 00 00 00", // AF_INET, NFNETLINK_V0, res_id
];

describe("a message that makes an entry", () => {
  const source = { address: 0x7f40_0102, port: 20_001 };

  it("for UDP, replied and ASSURED, byte for byte", () => {
    expect(message(DNS, source)).toEqual(bytes(
      ...HEADER("8c"),
      ...TUPLES("11", "00 35"),
      "08 00 03 00 00 00 00 0e", // CTA_STATUS: IPS_CONFIRMED | IPS_ASSURED | IPS_SEEN_REPLY
      "08 00 07 00 00 00 00 78", // CTA_TIMEOUT 120
    ));
  });

  it("for TCP ESTABLISHED with 5 days to live, byte for byte", () => {
    expect(message(WEB, source)).toEqual(bytes(
      ...HEADER("ac"),
      ...TUPLES("06", "01 bb"),
      "08 00 03 00 00 00 00 0e",
      "08 00 07 00 00 06 97 80", // CTA_TIMEOUT 432000
      "20 00 04 80 1c 00 01 80", // CTA_PROTOINFO { CTA_PROTOINFO_TCP {
      "05 00 01 00 03 00 00 00", // CTA_PROTOINFO_TCP_STATE TCP_CONNTRACK_ESTABLISHED
      "06 00 04 00 08 08 00 00", // ..._FLAGS_ORIGINAL: IP_CT_TCP_FLAG_BE_LIBERAL and its mask
      "06 00 05 00 08 08 00 00", // ..._FLAGS_REPLY } }
    ));
  });

  it.each([[false, false, 0x08], [true, false, 0x0a], [false, true, 0x0c], [true, true, 0x0e]])("with replied %s and assured %s has status %i", (replied, assured, status) => {
    expect(new DataView(message({ ...DNS, replied, assured }, source).buffer, 8).getUint32(0x80)).toBe(status);
  });

  it("differs from another of its group in the source alone, whatever that is", () => {
    const end = fc.record({ address: fc.nat(2 ** 32 - 1), port: fc.nat(65_535) });
    fc.assert(fc.property(fc.constantFrom(DNS, WEB), end, end, (entry, one, other) => {
      const [a, b] = [message(entry, one), message(entry, other)];
      const places = new Set([...spot(0x20, 4), ...spot(0x5c, 4), ...spot(0x3c, 2), ...spot(0x78, 2)]);
      expect([...a].every((byte, i) => places.has(i) || byte === b[i])).toBe(true);
      const view = new DataView(a.buffer, 8);
      expect([view.getUint32(0x20), view.getUint32(0x5c)]).toEqual([one.address, one.address]);
      expect([view.getUint16(0x3c), view.getUint16(0x78)]).toEqual([one.port, one.port]);
    }));
  });

  it("can follow another one without a gap", () => {
    for (const entry of [DNS, WEB]) expect(entryTemplate(entry).bytes.length % 4).toBe(0);
  });
});

const spot = (at: number, length: number): number[] => Array.from({ length }, (_, i) => at + i);
