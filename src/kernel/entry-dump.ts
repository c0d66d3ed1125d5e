import { type Composition, sortGroups } from "./composition.ts";
import {
  CT_GET, CT_NEW, CTA_PROTO_NUM, CTA_PROTOINFO, CTA_STATUS, CTA_TUPLE_ORIG, CTA_TUPLE_PROTO, IPPROTO_DCCP, IPPROTO_SCTP,
  IPPROTO_TCP, IPPROTO_UDP, IPS_ASSURED, IPS_OFFLOAD, IPS_SEEN_REPLY, NFGENMSG_BYTES, NLMSGHDR_BYTES,
} from "./ctnetlink.ts";

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** NLM_F_REQUEST | NLM_F_DUMP. */
const DUMP = 0x0301;
const NLA_TYPE = 0x3fff;
const NLA_HEADER_BYTES = 4;

/** As /proc/net/nf_conntrack and conntrack(8) print them. */
const PROTOCOLS = new Map([
  [1, "icmp"], [IPPROTO_TCP, "tcp"], [IPPROTO_UDP, "udp"], [IPPROTO_DCCP, "dccp"], [47, "gre"], [58, "icmpv6"], [IPPROTO_SCTP, "sctp"], [136, "udplite"],
]);
/** `tcp_conntrack_names`, `sctp_conntrack_names`, `dccp_state_names`. */
const STATES = new Map([
  [IPPROTO_TCP, ["NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"]],
  [IPPROTO_SCTP, ["NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT", "HEARTBEAT_ACKED"]],
  [IPPROTO_DCCP, ["NONE", "REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ", "CLOSING", "TIMEWAIT", "IGNORE", "INVALID"]],
]);
const NO_STATE = 0xff;

/** The netlink message that asks for every entry of the table, of IPv4 and IPv6: IPCTNL_MSG_CT_GET. */
export function dumpRequest(): Uint8Array {
  const bytes = new Uint8Array(NLMSGHDR_BYTES + NFGENMSG_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, CT_GET, true);
  view.setUint16(6, DUMP, true);
  return bytes;
}

/**
 * Counts the entries of a dump as its parts come in: of each no more is read than what `Composition` tells.
 *
 * Source: `ctnetlink_dump_table` and `ctnetlink_fill_info` in net/netfilter/nf_conntrack_netlink.c.
 */
export class DumpCounter {
  /** How many entries share protocol, state and status; packed into one number. */
  readonly #counts = new Map<number, number>();
  #ended = false;
  #errno = 0;

  /** Whether the kernel has said that there is no more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What the kernel said instead of an entry; 0 for nothing. */
  get errno(): number {
    return this.#errno;
  }

  /** Reads one part: `length` bytes from `offset` on, whole messages. */
  addPart(view: DataView, offset: number, length: number): void {
    const end = offset + length;
    for (let at = offset; at + NLMSGHDR_BYTES <= end && !this.#ended; ) {
      const size = view.getUint32(at, true);
      if (size < NLMSGHDR_BYTES || at + size > end) return;
      this.#addMessage(view, at, size);
      at += (size + 3) & ~3;
    }
  }

  /** What was counted. */
  finish(): Composition {
    const groups = sortGroups([...this.#counts].map(([key, entries]) => ({ ...groupOf(key), entries })));
    return { groups, entries: groups.reduce((sum, group) => sum + group.entries, 0), unreadable: 0 };
  }

  #addMessage(view: DataView, at: number, size: number): void {
    const type = view.getUint16(at + 4, true);
    if (type === CT_NEW) {
      const key = keyOf(view, at + NLMSGHDR_BYTES + NFGENMSG_BYTES, at + size);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      return;
    }
    this.#ended = type === NLMSG_DONE || type === NLMSG_ERROR;
    if (this.#ended && size >= NLMSGHDR_BYTES + 4) this.#errno = Math.abs(view.getInt32(at + NLMSGHDR_BYTES, true));
  }
}

/** Protocol, state and status of the entry whose attributes lie between `from` and `to`. */
function keyOf(view: DataView, from: number, to: number): number {
  let protocol = 0;
  let status = 0;
  let state = NO_STATE;
  for (let at = from; at + NLA_HEADER_BYTES + 4 <= to; at = next(view, at)) {
    const value = at + NLA_HEADER_BYTES;
    switch (view.getUint16(at + 2, true) & NLA_TYPE) {
      case CTA_TUPLE_ORIG:
        protocol = protocolOf(view, value, Math.min(to, at + view.getUint16(at, true)));
        break;
      case CTA_STATUS:
        status = view.getUint32(value);
        break;
      case CTA_PROTOINFO:
        // CTA_PROTOINFO_TCP, _SCTP or _DCCP, in which the state comes first.
        if (value + 2 * NLA_HEADER_BYTES < to) state = view.getUint8(value + 2 * NLA_HEADER_BYTES);
        break;
    }
  }
  return (protocol << 16) | (state << 8) | ((status & IPS_OFFLOAD) !== 0 ? 4 : 0) | ((status & IPS_SEEN_REPLY) !== 0 ? 2 : 0) | ((status & IPS_ASSURED) !== 0 ? 1 : 0);
}

function protocolOf(view: DataView, from: number, to: number): number {
  for (let at = from; at + 2 * NLA_HEADER_BYTES < to; at = next(view, at)) {
    if ((view.getUint16(at + 2, true) & NLA_TYPE) !== CTA_TUPLE_PROTO) continue;
    const first = at + NLA_HEADER_BYTES;
    if ((view.getUint16(first + 2, true) & NLA_TYPE) === CTA_PROTO_NUM) return view.getUint8(first + NLA_HEADER_BYTES);
  }
  return 0;
}

function next(view: DataView, at: number): number {
  return at + ((Math.max(NLA_HEADER_BYTES, view.getUint16(at, true)) + 3) & ~3);
}

function groupOf(key: number): { protocol: string; state: string; assured: boolean } {
  const number = key >>> 16;
  const state = (key >>> 8) & 0xff;
  return { protocol: PROTOCOLS.get(number) ?? `unknown(${number})`, state: stateOf(number, state, key), assured: (key & 1) !== 0 };
}

function stateOf(protocol: number, state: number, key: number): string {
  if ((key & 4) !== 0) return "OFFLOAD";
  if (state !== NO_STATE) return STATES.get(protocol)?.[state] ?? String(state);
  return (key & 2) !== 0 ? "REPLIED" : "UNREPLIED";
}
