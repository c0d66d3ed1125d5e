/**
 * What Linux sets by itself, by the sysctl's name without `net.netfilter.`; what depends on the machine or the build is left out.
 *
 * Source: Documentation/networking/nf_conntrack-sysctl.rst, and tcp_timeouts, udp_timeouts and sctp_timeouts in
 * net/netfilter/nf_conntrack_proto_*.c, of Linux 6.12.
 */
const DEFAULTS: Readonly<Record<string, number>> = {
  nf_conntrack_acct: 0,
  nf_conntrack_checksum: 1,
  nf_conntrack_events: 2,
  nf_conntrack_frag6_timeout: 60,
  nf_conntrack_generic_timeout: 600,
  nf_conntrack_gre_timeout: 30,
  nf_conntrack_gre_timeout_stream: 180,
  nf_conntrack_icmp_timeout: 30,
  nf_conntrack_icmpv6_timeout: 30,
  nf_conntrack_log_invalid: 0,
  nf_conntrack_tcp_be_liberal: 0,
  nf_conntrack_tcp_ignore_invalid_rst: 0,
  nf_conntrack_tcp_loose: 1,
  nf_conntrack_tcp_max_retrans: 3,
  nf_conntrack_tcp_timeout_close: 10,
  nf_conntrack_tcp_timeout_close_wait: 60,
  nf_conntrack_tcp_timeout_established: 432_000,
  nf_conntrack_tcp_timeout_fin_wait: 120,
  nf_conntrack_tcp_timeout_last_ack: 30,
  nf_conntrack_tcp_timeout_max_retrans: 300,
  nf_conntrack_tcp_timeout_syn_recv: 60,
  nf_conntrack_tcp_timeout_syn_sent: 120,
  nf_conntrack_tcp_timeout_time_wait: 120,
  nf_conntrack_tcp_timeout_unacknowledged: 300,
  nf_conntrack_timestamp: 0,
  nf_conntrack_udp_timeout: 30,
  nf_conntrack_udp_timeout_stream: 120,
};
/** One 16,384th of the memory, 8 bytes a bucket. */
const MEMORY_PER_BUCKET = 16_384 * 8;
const LEAST_BUCKETS = 1024;
const MOST_BUCKETS = 262_144;

/**
 * The value that a sysctl has where nobody set it, null where that is not known. `nf_conntrack_buckets` follows from the
 * memory, and `nf_conntrack_max` is the same number (nf_conntrack_init_start in nf_conntrack_core.c, of Linux 5.15 and
 * later on 64 bits).
 *
 * @param name with or without `net.netfilter.`
 */
export function sysctlDefault(name: string, memoryBytes: number): string | null {
  const own = name.replace(/^net\.netfilter\./, "");
  if (own === "nf_conntrack_buckets" || own === "nf_conntrack_max") return String(defaultBuckets(memoryBytes));
  return DEFAULTS[own]?.toString() ?? null;
}

function defaultBuckets(memoryBytes: number): number {
  // Above 4 GiB and above 1 GiB it is a fixed number.
  if (memoryBytes > 4 * 2 ** 30) return MOST_BUCKETS;
  if (memoryBytes > 2 ** 30) return 65_536;
  return Math.max(LEAST_BUCKETS, Math.floor(memoryBytes / MEMORY_PER_BUCKET));
}
