import { refuses } from "../drop-rules.ts";
import type { RuleChange } from "../drop-rules.ts";
import type { Evidence } from "../evidence.ts";
import { plural, tally } from "../words.ts";
import { silentRules } from "./firewall-drop.ts";
import { makeRoom } from "./remedies.ts";
import { countRules } from "./see-rules.ts";

interface Hint {
  when: (evidence: Evidence) => boolean;
  says: (evidence: Evidence) => readonly string[];
}

/** Of the EPERM or of the answers: fewer than this do not matter. */
const NOTABLE = 0.05;
const LATE = 0.01;

/** What an errno other than EPERM says, and what shows more of it. */
const ERRNOS: Record<string, readonly [cause: string, command: string]> = {
  ECONNREFUSED: ["nobody listens at the target (an ICMP error came back)", "ss -lun"],
  EMFILE: ["too many open files: raise the limit, or send with fewer --outstanding or --sockets", "ulimit -Hn"],
  EADDRNOTAVAIL: ["no free port, or a source address that is not here", "sysctl net.ipv4.ip_local_port_range"],
  EADDRINUSE: ["the port is somebody else's", "ss -aun"],
  ENETUNREACH: ["no route to the target", "ip route"],
  EHOSTUNREACH: ["no way to the target, or a rule that rejects", "ip route; ip neighbour"],
  EACCES: ["a route or a rule that prohibits it", "ip route"],
  ETIMEDOUT: ["no connection came about: its packets were dropped, here or on their way", "conntrack -S"],
  ENOMEM: ["the kernel had no memory for the packet", "cat /proc/net/sockstat"],
  EAGAIN: ["the socket's send buffer was full", "sysctl net.core.wmem_default net.core.wmem_max"],
  ENOBUFS: ["the queue of the interface was full", "tc -s qdisc show"],
};

/** What points to a cause that has no rule of its own, after who else answers EPERM: a verdict of netfilter (`nf_hook_slow`), of a cgroup
 * program (`__cgroup_bpf_run_filter_skb`) or of a security module (`security_socket_sendmsg`). */
const HINTS: readonly Hint[] = [
  {
    when: ({ sends }) => sends.attempted === 0,
    says: () => ["# No query was sent in a load phase: nothing can be said about sends"],
  },
  {
    when: ({ failedSends, attribution }) => failedSends > attribution.eperm,
    says: ({ sends }) => otherErrnos(sends.failed).flatMap(([errno, count]) => {
      const [cause, command] = ERRNOS[errno] ?? ["no cause that this program knows of", null];
      return [`# ${plural(count, "send")} failed with ${errno}: ${cause}`, ...(command === null ? [] : [command])];
    }),
  },
  {
    when: (evidence) => isUnexplained(evidence) && evidence.attribution.rules === null,
    says: () => ["# EPERM that no counter of connection tracking explains: look for a DROP rule in OUTPUT", "nft list ruleset", "iptables-save -c"],
  },
  {
    when: (evidence) => isUnexplained(evidence) && uncounted(evidence, refuses).length > 0,
    says: (evidence) => {
      const rules = uncounted(evidence, refuses);
      return [`# Drops on the way out, and nothing says how much: ${named(rules)}`, ...countRules(rules)];
    },
  },
  {
    when: (evidence) => isUnexplained(evidence) && evidence.attribution.rules !== null && !evidence.attribution.rules.some((rule) => refuses(rule) && rule.packets !== 0),
    says: () => [
      "# EPERM, no counter of connection tracking moves, and no nft rule drops: iptables-legacy, a cgroup BPF program or an LSM is left",
      "iptables-legacy-save -c",
      "bpftool cgroup tree",
    ],
  },
  {
    when: (evidence) => provenPart(evidence) !== null,
    says: (evidence) => ["# For the part that is the table's:", ...makeRoom(evidence)],
  },
  {
    when: ({ attribution: { eperm, clashes } }) => eperm > 0 && exceeds(clashes, 0),
    says: () => ["# insert_failed rises with EPERM: two packets of one tuple clash; see who shares ports", "conntrack -S"],
  },
  {
    when: ({ attribution: { chainTooLong } }) => exceeds(chainTooLong, 0),
    says: () => ["# Hash chains are too long: the table has too few buckets", "sysctl net.netfilter.nf_conntrack_buckets"],
  },
  {
    when: ({ attribution: { drop } }) => drop === null,
    says: () => ["# The drop counter decides, and this kernel does not show it here: read it as root", "conntrack -S"],
  },
  {
    when: ({ sndbufErrors }) => exceeds(sndbufErrors, 0),
    says: () => ["# Udp SndbufErrors rises: the queue of the interface or a send buffer is full", "nstat -az UdpSndbufErrors"],
  },
  {
    when: (evidence) => silentSuspects(evidence).length > 0,
    says: (evidence) => {
      const rules = silentSuspects(evidence);
      return [`# The first suspect for the missing answers drops on the way in, and nothing says how much: ${named(rules)}`, ...countRules(rules)];
    },
  },
  {
    when: ({ sends, attribution }) => sends.unanswered > 0 && attribution.eperm === 0 && exceeds(attribution.drop, 0),
    says: () => ["# Queries without answer while drop rises here: some of the replies were dropped", "conntrack -S"],
  },
  {
    when: ({ sends, attribution }) => sends.unanswered > 0 && attribution.eperm === 0 && attribution.drop === 0,
    says: () => ["# Queries without answer, counters flat here: look at a table elsewhere (router, peer), or at the resolver"],
  },
  {
    when: ({ sends, failedSends, attribution }) => sends.unanswered === 0 && failedSends === 0 && exceeds(attribution.drop, 0),
    says: () => ["# drop rises though no query of ours is missing: other traffic here meets the table", "conntrack -S"],
  },
  {
    when: ({ sends }) => sends.late > LATE * sends.sent,
    says: ({ sends }) => [`# ${plural(sends.late, "answer")} came after the timeout: the resolver, or this machine, is slow. Wait longer (--timeout), or send more slowly (--rate)`],
  },
  {
    when: ({ rcvbufErrors }) => exceeds(rcvbufErrors, 0),
    says: () => ["# Udp RcvbufErrors rises: a program here reads its socket too slowly", "nstat -az UdpRcvbufErrors"],
  },
  {
    when: ({ table }) => table.peak === null,
    says: () => ["# The number of entries is unknown here: is nf_conntrack loaded?", "sysctl net.netfilter.nf_conntrack_count"],
  },
];
const NOTHING = "# Nothing that was observed stands out: run it again, longer, and see whether it stays so";

/** What to do where no cause is proven. Never empty. */
export function hintsFor(evidence: Evidence): string[] {
  const hints = HINTS.filter(({ when }) => when(evidence)).flatMap(({ says }) => says(evidence));
  return hints.length > 0 ? hints : [NOTHING];
}

/** "3 ECONNREFUSED, 1 EMFILE": sends that failed with another errno than EPERM; null where none did. */
export function otherFailures({ sends }: Evidence): string | null {
  const others = otherErrnos(sends.failed);
  return others.length === 0 ? null : others.map(([errno, count]) => `${tally(count)} ${errno}`).join(", ");
}

/** EPERM that the drop counters prove to be a full table's, where they do not explain all of it; null where they prove none. */
export function provenPart({ attribution: { clashes, eperm, explained, explainedWhileFull } }: Evidence): number | null {
  const proven = explained !== null && eperm > 0 && explained >= NOTABLE * eperm && (explainedWhileFull ?? 0) >= 1 - NOTABLE && (clashes ?? 0) === 0;
  return proven ? explained : null;
}

/** Rules on the way in of which nobody knows what they dropped, while answers are missing and no EPERM says why. */
export function silentSuspects(evidence: Evidence): RuleChange[] {
  const { attribution, sends } = evidence;
  return sends.unanswered > NOTABLE * sends.sent && attribution.eperm === 0 ? uncounted(evidence, silentRules(evidence)) : [];
}

export function named(rules: readonly RuleChange[]): string {
  return rules.map(({ rule }) => rule).join("; ");
}

function uncounted({ attribution: { rules } }: Evidence, which: (rule: RuleChange) => boolean): RuleChange[] {
  return (rules ?? []).filter((rule) => which(rule) && rule.packets === null);
}

function isUnexplained({ attribution: { eperm, remainder } }: Evidence): boolean {
  return eperm > 0 && exceeds(remainder, NOTABLE * eperm);
}

function otherErrnos(failed: Record<string, number>): [errno: string, count: number][] {
  return Object.entries(failed).filter(([errno, count]) => errno !== "EPERM" && count > 0).sort(([, one], [, other]) => other - one);
}

/** What is unknown exceeds nothing: other hints say that it is unknown. */
function exceeds(value: number | null, limit: number): boolean {
  return value !== null && value > limit;
}
