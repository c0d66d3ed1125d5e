import type { Cause } from "../../scenario/scenario.ts";
import { refuses } from "../drop-rules.ts";
import type { Evidence } from "../evidence.ts";
import { percent, tally } from "../words.ts";
import type { Case } from "./rule.ts";

/** What points to a cause that has no rule of its own, after who else answers EPERM: a verdict of netfilter (`nf_hook_slow`), of a cgroup
 * program (`__cgroup_bpf_run_filter_skb`) or of a security module (`security_socket_sendmsg`). */
const HINTS: readonly { when: (evidence: Evidence) => boolean; says: readonly string[] }[] = [
  {
    when: ({ sends }) => sends.attempted === 0,
    says: ["# No query was sent in a load phase: nothing can be said about sends"],
  },
  {
    when: ({ attribution: { remainder, eperm, rules } }) => eperm > 0 && exceeds(remainder, 0.05 * eperm) && rules === null,
    says: [
      "# EPERM that no counter of connection tracking explains: look for a DROP rule in OUTPUT",
      "nft list ruleset",
      "iptables-save -c",
    ],
  },
  {
    when: ({ attribution: { remainder, eperm, rules } }) =>
      eperm > 0 && exceeds(remainder, 0.05 * eperm) && (rules ?? []).some((rule) => refuses(rule) && rule.packets === null),
    says: ["# A rule that drops in OUTPUT has no counter: give it one, then run again", "nft -a list ruleset"],
  },
  {
    when: ({ attribution: { remainder, eperm, rules } }) =>
      eperm > 0 && exceeds(remainder, 0.05 * eperm) && rules !== null && !rules.some((rule) => refuses(rule) && rule.packets !== 0),
    says: [
      "# EPERM, no counter of connection tracking moves, and no nft rule drops: iptables-legacy, a cgroup BPF program or an LSM is left",
      "iptables-legacy-save -c",
      "bpftool cgroup tree",
    ],
  },
  {
    when: ({ attribution: { eperm, clashes } }) => eperm > 0 && exceeds(clashes, 0),
    says: ["# insert_failed rises with EPERM: two packets of one tuple clash; see who shares ports", "conntrack -S"],
  },
  {
    when: ({ attribution: { chainTooLong } }) => exceeds(chainTooLong, 0),
    says: ["# Hash chains are too long: the table has too few buckets", "sysctl net.netfilter.nf_conntrack_buckets"],
  },
  {
    when: ({ attribution: { drop } }) => drop === null,
    says: ["# The drop counter decides, and this kernel does not show it here: read it as root", "conntrack -S"],
  },
  {
    when: ({ sndbufErrors }) => exceeds(sndbufErrors, 0),
    says: ["# Udp SndbufErrors rises: the queue of the interface or a send buffer is full", "nstat -az UdpSndbufErrors"],
  },
  {
    when: ({ sends, attribution }) => sends.unanswered > 0 && attribution.eperm === 0 && exceeds(attribution.drop, 0),
    says: ["# Queries without answer while drop rises here: some of the replies were dropped", "conntrack -S"],
  },
  {
    when: ({ sends, attribution }) => sends.unanswered > 0 && attribution.eperm === 0 && attribution.drop === 0,
    says: ["# Queries without answer, counters flat here: look at a table elsewhere (router, peer), or at the resolver"],
  },
  {
    when: ({ rcvbufErrors }) => exceeds(rcvbufErrors, 0),
    says: ["# Udp RcvbufErrors rises: a program here reads its socket too slowly", "nstat -az UdpRcvbufErrors"],
  },
  {
    when: ({ table }) => table.peak === null,
    says: ["# The number of entries is unknown here: is nf_conntrack loaded?", "sysctl net.netfilter.nf_conntrack_count"],
  },
];

/** What is unknown exceeds nothing: other hints say that it is unknown. */
function exceeds(value: number | null, limit: number): boolean {
  return value !== null && value > limit;
}

/** No rule's conditions all hold: says what each one lacks, and what would decide. */
export function inconclusive(evidence: Evidence, tried: readonly { cause: Cause; of: Case }[]): Case {
  const { attribution, epermShare, peakShare, sends, table } = evidence;
  return {
    conditions: [],
    sentence:
      attribution.eperm > 0
        ? `${tally(attribution.eperm)} sends were refused with EPERM, and the evidence does not settle why.`
        : "The evidence fits none of the causes this program can tell apart.",
    further: [
      `${tally(attribution.eperm)} of ${tally(sends.attempted)} sends refused with EPERM (${percent(epermShare)})`,
      `${tally(sends.answered)} of ${tally(sends.sent)} queries answered`,
      `the table's peak was ${tally(table.peak)} of ${tally(table.max)} (${percent(peakShare)})`,
    ],
    against: tried.flatMap(({ cause, of }) => {
      const lacking = of.conditions.find(({ holds }) => holds === false) ?? of.conditions.find(({ holds }) => holds === null);
      return lacking === undefined ? [] : [`not ${cause}: it needs ${lacking.needs}; ${lacking.seen}`];
    }),
    next: [...evidence.deaths.map((text) => `# Look at this first: ${text}`), ...HINTS.filter(({ when }) => when(evidence)).flatMap(({ says }) => says)],
  };
}
