import type { Tuning } from "./tuning.ts";

/** What a stub resolver waits for an answer (resolv.conf(5), `timeout`), and twice that. The kernel's own are 30 and 120. */
export const UDP_TIMEOUT_S = 5;
export const UDP_STREAM_TIMEOUT_S = 10;

export const shortUdpTimeouts: Tuning = {
  summary: "forget UDP flows sooner",
  changes: `net.netfilter.nf_conntrack_udp_timeout=${UDP_TIMEOUT_S} (30 by default), nf_conntrack_udp_timeout_stream=${UDP_STREAM_TIMEOUT_S} (120)`,
  trap: "an entry takes a new timeout at its next packet: those that fill the table now stay. The one for ASSURED flows is udp_timeout_stream. Other UDP that is silent for longer (QUIC, WireGuard, VoIP) loses its entry, and behind NAT or stateful rules its answers",
  cost: "flows that pause open a new entry each time",
  source: "nf_conntrack_udp_packet; an expired entry counts until gc_worker or a lookup meets it",
  sets: ["the timeouts of DNS flows"],
  steps: [
    { kind: "sysctl", name: "nf_conntrack_udp_timeout", value: UDP_TIMEOUT_S },
    { kind: "sysctl", name: "nf_conntrack_udp_timeout_stream", value: UDP_STREAM_TIMEOUT_S },
  ],
  timeoutsS: { udp: UDP_TIMEOUT_S, udpStream: UDP_STREAM_TIMEOUT_S },
};
