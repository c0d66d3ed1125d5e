/** What comes before the addresses of a printed entry; all that counting needs. */
export type EntryHead = {
  family: 4 | 6 | null;
  /** `udp`, `tcp`, `icmpv6`; `unknown(99)` where the kernel has no name for protocol 99. */
  protocol: string;
  /** Seconds left; null for offloaded entries, which do not expire by the clock. */
  timeoutS: number | null;
  /** TCP's own state, SCTP's, DCCP's; null for protocols without one. */
  state: string | null;
  /** Where the original tuple starts. */
  tupleAt: number;
};

/** One entry of the table as it was printed. Addresses are as printed: /proc spells IPv6 in full, conntrack(8) does not. */
export type ConntrackEntry = {
  family: 4 | 6 | null;
  protocol: string;
  state: string | null;
  /** Printed as [ASSURED]. The kernel prints [OFFLOAD] in its place, so of an offloaded entry this says nothing. */
  assured: boolean;
  unreplied: boolean;
  offloaded: boolean;
  timeoutS: number | null;
  /** The original direction's tuple; ports are null where the protocol has none (ICMP, GRE). */
  source: string | null;
  destination: string | null;
  sourcePort: number | null;
  destinationPort: number | null;
};

const ICMPV6 = 58;
/** `unknown  58 29 `: protocol name and number, seconds left, state. Between them GRE prints its timeouts. */
const HEAD =
  /^(?:(ipv4|ipv6|unknown) +\d{1,3} +)?([a-z][a-z0-9-]{0,15}) +(\d{1,3}) (?:(-?\d{1,10}) )?(?:([A-Z][A-Z0-9_]{0,30}) )?(?:timeout=\d+, stream_timeout=\d+ )?(?=src=|type=)/;

/**
 * Reads the head of one line of `conntrack -L`, `conntrack -L -o extended` or /proc/net/nf_conntrack. Null if the
 * line is no entry.
 *
 * Source: `ct_seq_show` in net/netfilter/nf_conntrack_standalone.c; `__snprintf_conntrack_default` in libnetfilter_conntrack.
 */
export function parseEntryHead(line: string): EntryHead | null {
  const match = HEAD.exec(line);
  if (match === null) return null;
  const [head, layer3, name = "", number, timeout, state] = match;
  return {
    family: layer3 === "ipv4" ? 4 : layer3 === "ipv6" ? 6 : familyOfAddress(line, head.length),
    protocol: name === "unknown" ? nameOfNumber(Number(number)) : name,
    // An entry past its time that nobody has collected yet is printed with a negative number by old kernels.
    timeoutS: timeout === undefined ? null : Math.max(0, Number(timeout)),
    state: state ?? null,
    tupleAt: head.length,
  };
}

/** Kernels up to 5.10 have no name for ICMPv6. */
function nameOfNumber(number: number): string {
  return number === ICMPV6 ? "icmpv6" : `unknown(${number})`;
}

/** Without `-o extended` only the address tells: `src=::1`, `src=127.0.0.1`. */
function familyOfAddress(line: string, at: number): 4 | 6 | null {
  if (!line.startsWith("src=", at)) return null;
  for (let index = at + 4; index < line.length; index++) {
    const char = line[index];
    if (char === ":") return 6;
    if (char === ".") return 4;
    if (char === " ") return null;
  }
  return null;
}

const SOURCE = /(?:^| )src=([0-9a-fA-F.:]+)/;
const DESTINATION = /(?:^| )dst=([0-9a-fA-F.:]+)/;
const SOURCE_PORT = /(?:^| )sport=(\d{1,5})(?: |$)/;
const DESTINATION_PORT = /(?:^| )dport=(\d{1,5})(?: |$)/;

/** Reads one line of `conntrack -L`, with or without `-o extended`, or of /proc/net/nf_conntrack. Null if it is no entry. */
export function parseEntry(line: string): ConntrackEntry | null {
  const head = parseEntryHead(line);
  if (head === null) return null;
  const tuples = line.slice(head.tupleAt);
  const second = tuples.indexOf(" src=");
  const original = second < 0 ? tuples : tuples.slice(0, second);
  return {
    family: head.family,
    protocol: head.protocol,
    state: head.state,
    assured: tuples.includes("[ASSURED]"),
    unreplied: tuples.includes("[UNREPLIED]"),
    offloaded: tuples.includes("OFFLOAD]"),
    timeoutS: head.timeoutS,
    source: SOURCE.exec(original)?.[1] ?? null,
    destination: DESTINATION.exec(original)?.[1] ?? null,
    sourcePort: portOf(SOURCE_PORT.exec(original)?.[1]),
    destinationPort: portOf(DESTINATION_PORT.exec(original)?.[1]),
  };
}

function portOf(digits: string | undefined): number | null {
  if (digits === undefined) return null;
  const port = Number(digits);
  return port <= 65_535 ? port : null;
}
