import {
  AF_INET, CT_NEW, CTA_PROTO_NUM, CTA_PROTOINFO, CTA_STATUS, CTA_TIMEOUT, CTA_TUPLE_IP, CTA_TUPLE_ORIG, CTA_TUPLE_PROTO, CTA_TUPLE_REPLY,
  IPPROTO_TCP, IPPROTO_UDP, IPS_ASSURED, IPS_CONFIRMED, IPS_SEEN_REPLY, NLA_F_NESTED,
} from "./ctnetlink.ts";

/** A conntrack entry that is not there yet; of its flow only what all entries of a group share. */
export interface NewEntry {
  protocol: Protocol;
  /** Of TCP: its number in `enum tcp_conntrack`. UDP has none. */
  tcpState: number | null;
  /** Whether an answer was seen. */
  replied: boolean;
  assured: boolean;
  /** Whole seconds to live. */
  timeoutS: number;
  /** Where the flow goes. */
  destination: End;
}

/** An address (unsigned 32 bit, host order) and port. */
interface End {
  address: number;
  port: number;
}

type Protocol = "udp" | "tcp";

/** A message that asks for an entry, whole but for the flow's source: `patchEntry` writes that into a copy of it. */
export interface EntryTemplate {
  /** Its length is a multiple of 4, so that copies can follow each other. */
  bytes: Uint8Array;
  /** Where the source address stands (4 bytes, network order), in the original and in the reply tuple. */
  addressAt: readonly number[];
  /** Where the source port stands (2 bytes, network order). */
  portAt: readonly number[];
}

/** `enum tcp_conntrack` (linux/netfilter/nf_conntrack_tcp.h). */
export const TCP_STATES = {
  "syn-sent": 1, "syn-recv": 2, established: 3, "fin-wait": 4, "close-wait": 5, "last-ack": 6, "time-wait": 7, close: 8,
} as const;

const NUMBERS: Record<Protocol, number> = { udp: IPPROTO_UDP, tcp: IPPROTO_TCP };

/** nlmsg_seq and nlmsg_pid: nobody looks at them. */
const SEQUENCE_AND_PORT = [0, 0, 0, 0, 0, 0, 0, 0];
/** NLM_F_REQUEST | NLM_F_EXCL | NLM_F_CREATE: an entry that is there already is an error, not a change. */
const CREATE = 0x0601;

const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;
const CTA_PROTOINFO_TCP = 1;
const CTA_PROTOINFO_TCP_STATE = 1;
const CTA_PROTOINFO_TCP_FLAGS_ORIGINAL = 4;
const CTA_PROTOINFO_TCP_FLAGS_REPLY = 5;

/** IP_CT_TCP_FLAG_BE_LIBERAL, and its mask: nobody saw this connection's window, so no packet of it can be outside. */
const BE_LIBERAL = [8, 8];

/**
 * The netlink message that makes ctnetlink create an entry: IPCTNL_MSG_CT_NEW with both tuples, status, timeout and, of TCP, state.
 *
 * Source: linux/netfilter/nfnetlink_conntrack.h; `ctnetlink_create_conntrack` in net/netfilter/nf_conntrack_netlink.c.
 */
export function entryTemplate({ protocol, tcpState, replied, assured, timeoutS, destination }: NewEntry): EntryTemplate {
  const message = new Message();
  const source: End = { address: 0, port: 0 };
  const original = putTuple(message, CTA_TUPLE_ORIG, protocol, [source, destination]);
  const reply = putTuple(message, CTA_TUPLE_REPLY, protocol, [destination, source]);
  // ctnetlink refuses an entry that is not confirmed.
  message.put(CTA_STATUS, big32(IPS_CONFIRMED | (replied ? IPS_SEEN_REPLY : 0) | (assured ? IPS_ASSURED : 0)));
  message.put(CTA_TIMEOUT, big32(timeoutS));
  if (tcpState !== null) {
    message.nest(CTA_PROTOINFO, () => {
      message.nest(CTA_PROTOINFO_TCP, () => {
        message.put(CTA_PROTOINFO_TCP_STATE, [tcpState]);
        message.put(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, BE_LIBERAL);
        message.put(CTA_PROTOINFO_TCP_FLAGS_REPLY, BE_LIBERAL);
      });
    });
  }
  return { bytes: message.finish(), addressAt: [original.addressAt[0], reply.addressAt[1]], portAt: [original.portAt[0], reply.portAt[1]] };
}

/** Adds a tuple and says where its addresses and ports stand, the source's first. */
function putTuple(message: Message, type: number, protocol: Protocol, [from, to]: readonly [End, End]) {
  return message.nest(type, () => ({
    addressAt: message.nest(CTA_TUPLE_IP, () => [message.put(CTA_IP_V4_SRC, big32(from.address)), message.put(CTA_IP_V4_DST, big32(to.address))] as const),
    portAt: message.nest(CTA_TUPLE_PROTO, () => {
      message.put(CTA_PROTO_NUM, [NUMBERS[protocol]]);
      return [message.put(CTA_PROTO_SRC_PORT, big16(from.port)), message.put(CTA_PROTO_DST_PORT, big16(to.port))] as const;
    }),
  }));
}

/** Writes a flow's source into the copy of `template` that begins at `offset`. */
export function patchEntry(view: DataView, offset: number, { addressAt, portAt }: EntryTemplate, source: End): void {
  for (const at of addressAt) view.setUint32(offset + at, source.address);
  for (const at of portAt) view.setUint16(offset + at, source.port);
}

/** A netlink message while it is written: struct nlmsghdr, struct nfgenmsg, attributes. Lengths and types in host order (little endian). */
class Message {
  readonly #bytes: number[] = [0, 0, 0, 0, ...little16(CT_NEW), ...little16(CREATE), ...SEQUENCE_AND_PORT, AF_INET, 0, 0, 0];

  /** Adds an attribute, padded to 4 bytes, and says where its value begins. */
  put(type: number, value: readonly number[]): number {
    this.#bytes.push(...little16(4 + value.length), ...little16(type), ...value);
    const at = this.#bytes.length - value.length;
    while (this.#bytes.length % 4 !== 0) this.#bytes.push(0);
    return at;
  }

  /** Adds an attribute that holds those which `body` adds, and gives what `body` gives. */
  nest<T>(type: number, body: () => T): T {
    const start = this.put(NLA_F_NESTED | type, []) - 4;
    const result = body();
    this.#bytes.splice(start, 2, ...little16(this.#bytes.length - start));
    return result;
  }

  finish(): Uint8Array {
    this.#bytes.splice(0, 2, ...little16(this.#bytes.length));
    return Uint8Array.from(this.#bytes);
  }
}

const little16 = (value: number): number[] => [value & 0xff, value >>> 8];
const big16 = (value: number): number[] => [value >>> 8, value & 0xff];
const big32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
