import type { Summary } from "../summary.ts";

/** What helps a full table, after what fills it. */
export function makeRoom({ filler, max }: Summary["table"]): string[] {
  if (filler?.protocol === "tcp" && filler.state === "TIME_WAIT") {
    return [
      "# Closed TCP connections fill the table: forget them sooner (the default is 120 s), and reuse connections where you can",
      "sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=10",
      ...raiseTable(max),
      ...NOTRACK_DNS,
    ];
  }
  if (filler?.protocol === "tcp") {
    return ["# TCP connections fill the table: see whose they are", `conntrack -L -p tcp --state ${filler.state} | head`, ...raiseTable(max), ...NOTRACK_DNS];
  }
  if (filler?.protocol === "udp" && filler.assured) {
    return [
      ...raiseTable(max),
      "# Or forget ASSURED UDP flows sooner (the default is 120 s; a flow takes the new value at its next packet)",
      "sysctl -w net.netfilter.nf_conntrack_udp_timeout_stream=30",
      ...NOTRACK_DNS,
    ];
  }
  if (filler?.protocol === "udp") {
    return [
      ...raiseTable(max),
      "# Or forget UDP flows sooner (the default is 30 s)",
      "sysctl -w net.netfilter.nf_conntrack_udp_timeout=10",
      ...NOTRACK_DNS,
    ];
  }
  return [...raiseTable(max), ...NOTRACK_DNS];
}

/** `sysctl` that doubles a table, with its buckets: raising max alone trades EPERM for long chains. */
export function raiseTable(max: number | null): string[] {
  const larger = (max ?? 262_144) * 2;
  return [
    "# Raise max and buckets together (about 320 bytes of kernel memory an entry)",
    `sysctl -w net.netfilter.nf_conntrack_max=${larger} net.netfilter.nf_conntrack_buckets=${larger}`,
  ];
}

/** Both directions: with the output rule alone each answer would open an entry. */
const NOTRACK_DNS: readonly string[] = [
  "# Or do not track DNS at all: both directions; this breaks NAT and stateful rules for it",
  "nft add table inet dns_raw",
  "nft add chain inet dns_raw out '{ type filter hook output priority raw; }'",
  "nft add chain inet dns_raw pre '{ type filter hook prerouting priority raw; }'",
  "nft add rule inet dns_raw out udp dport 53 notrack",
  "nft add rule inet dns_raw pre udp sport 53 notrack",
];

/** One rule that looks at a packet's state registers the hooks of connection tracking. */
export const TRACK: readonly string[] = [
  "# Turn connection tracking on with one rule that looks at a packet's state",
  "nft add table inet track",
  "nft add chain inet track out '{ type filter hook output priority filter; }'",
  "nft add rule inet track out ct state new counter",
];
