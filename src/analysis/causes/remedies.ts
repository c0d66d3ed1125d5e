import type { Evidence } from "../evidence.ts";

/** The limits of a table, and which of them the scenario set: a host that is as it was before has others. */
export type Limits = Pick<Evidence["table"], "max" | "buckets" | "peak"> & Pick<Evidence, "setByScenario">;

/** What helps a full table, after what fills it. */
export function makeRoom({ setByScenario, table }: Pick<Evidence, "setByScenario" | "table">): string[] {
  const { filler } = table;
  const raised = raiseTable({ ...table, setByScenario });
  if (filler?.protocol === "tcp" && filler.state === "TIME_WAIT") {
    return [
      "# Closed TCP connections fill the table: forget them sooner (the default is 120 s), and reuse connections where you can",
      "sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=10",
      ...raised,
      ...NOTRACK_DNS,
    ];
  }
  if (filler?.protocol === "tcp" && filler.state === "ESTABLISHED") {
    return [
      "# Established TCP connections fill the table, and dead ones are kept for 5 days (432000 s): forget them sooner (2 h 4 min is the least that RFC 5382 allows)",
      "sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=7440",
      "# A connection takes the new value at its next packet, and a dead one sends none: see whose they are, and delete them (live ones come back, unless they are NATed)",
      "conntrack -L -p tcp --state ESTABLISHED | head",
      "conntrack -D -p tcp --state ESTABLISHED",
      ...raised,
      ...NOTRACK_DNS,
    ];
  }
  if (filler?.protocol === "tcp") {
    return ["# TCP connections fill the table: see whose they are", `conntrack -L -p tcp --state ${filler.state} | head`, ...raised, ...NOTRACK_DNS];
  }
  if (filler?.protocol === "udp" && filler.assured) {
    return [
      ...raised,
      "# Or forget ASSURED UDP flows sooner (the default is 120 s; a flow takes the new value at its next packet)",
      "sysctl -w net.netfilter.nf_conntrack_udp_timeout_stream=30",
      ...NOTRACK_DNS,
    ];
  }
  if (filler?.protocol === "udp") {
    return [
      ...raised,
      "# Or forget UDP flows sooner (the default is 30 s)",
      "sysctl -w net.netfilter.nf_conntrack_udp_timeout=10",
      ...NOTRACK_DNS,
    ];
  }
  return [...raised, ...NOTRACK_DNS];
}

/**
 * `sysctl` that doubles a table (again where more entries than that were there before max was lowered), with its buckets: raising max alone trades EPERM for long chains. Nothing where the scenario
 * set the limits, as twice a small table can be less than the host has.
 */
export function raiseTable({ buckets, max, peak, setByScenario }: Limits): string[] {
  if (setByScenario.length > 0) return limitsOfScenario(setByScenario);
  let larger = (max || 262_144) * 2;
  while (larger <= (peak ?? 0)) larger *= 2;
  return [
    "# Raise max and buckets together (about 320 bytes of kernel memory an entry)",
    `sysctl -w net.netfilter.nf_conntrack_max=${larger} net.netfilter.nf_conntrack_buckets=${Math.max(larger, buckets ?? 0)}`,
  ];
}

/** As many buckets as the table may hold entries. */
export function raiseBuckets({ buckets, max, setByScenario }: Omit<Limits, "peak">): string[] {
  if (setByScenario.length > 0) return limitsOfScenario(setByScenario);
  return [
    "# Give the table as many buckets as it may hold entries (8 bytes each; the kernel rehashes, and packets wait for it)",
    `sysctl -w net.netfilter.nf_conntrack_buckets=${Math.max(max ?? 262_144, buckets ?? 0)}`,
  ];
}

function limitsOfScenario(keys: readonly string[]): string[] {
  return [`# The scenario itself made the table small: remove ${keys.join(" and ")} from it, or compare with kernel-defaults.yaml`];
}

/**
 * Both directions in both hooks: an answer that is tracked opens an entry of its own, and where the resolver is on this host the
 * answers leave through output.
 */
export const NOTRACK_DNS: readonly string[] = [
  "# Or do not track DNS at all: both directions; this breaks NAT and stateful rules for it",
  "nft add table inet dns_raw",
  "nft add chain inet dns_raw out '{ type filter hook output priority raw; }'",
  "nft add chain inet dns_raw pre '{ type filter hook prerouting priority raw; }'",
  "nft add rule inet dns_raw out udp dport 53 notrack",
  "nft add rule inet dns_raw out udp sport 53 notrack",
  "nft add rule inet dns_raw pre udp dport 53 notrack",
  "nft add rule inet dns_raw pre udp sport 53 notrack",
];

/** One rule that looks at a packet's state registers the hooks of connection tracking. */
export const TRACK: readonly string[] = [
  "# Turn connection tracking on with one rule that looks at a packet's state",
  "nft add table inet track",
  "nft add chain inet track out '{ type filter hook output priority filter; }'",
  "nft add rule inet track out ct state new counter",
];
