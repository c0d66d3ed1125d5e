import type { Tuning } from "./tuning.ts";

/** The least that RFC 5382 (REQ-5) allows a NAT: 2 hours and 4 minutes. The kernel's own is 5 days. */
const ESTABLISHED_S = 7_440;
/** The kernel's own is 120. */
const TIME_WAIT_S = 10;

export const shortTcpTimeouts: Tuning = {
  summary: "forget idle and closed TCP connections sooner",
  changes: `net.netfilter.nf_conntrack_tcp_timeout_established=${ESTABLISHED_S} (432000 by default), nf_conntrack_tcp_timeout_time_wait=${TIME_WAIT_S} (120)`,
  trap: "helps only where TCP fills the table; DNS over UDP has timeouts of its own. A connection that is idle for longer than 2 hours loses its entry, and behind NAT or stateful rules hangs, unless it sends keepalives sooner",
  cost: "a late packet of a closed connection is invalid (FIN, RST) or opens an entry again (ACK, with nf_conntrack_tcp_loose)",
  source: "tcp_timeouts, nf_conntrack_tcp_packet",
  sets: ["the timeouts of TCP flows"],
  steps: [
    { kind: "sysctl", name: "nf_conntrack_tcp_timeout_established", value: ESTABLISHED_S },
    { kind: "sysctl", name: "nf_conntrack_tcp_timeout_time_wait", value: TIME_WAIT_S },
  ],
  timeoutsS: { timeWait: TIME_WAIT_S },
};
