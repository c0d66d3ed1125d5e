import type { RuleChange } from "../drop-rules.ts";
import { percent, plural, tally } from "../words.ts";
import { epermSeen, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const SOME = 0.001;
const HARDLY_ANY = 0.01;
const MOST = 0.5;

/**
 * The packets were lost on their way out of the host, below connection tracking: a full send buffer is EAGAIN, a full queue of
 * the interface ENOBUFS, which `udp_send_skb` hides from a socket without IP_RECVERR (all of Node's) and counts in `Udp: SndbufErrors`.
 */
export const sendBuffer: Rule = ({ attribution, epermShare, failedSends, loadPeakShare, sends, sndbufErrors }) => {
  const refused = (sends.failed["EAGAIN"] ?? 0) + (sends.failed["ENOBUFS"] ?? 0);
  const lost = Math.max(refused, sndbufErrors ?? 0);
  const missing = sends.unanswered + failedSends;
  const hidden = Math.max(0, lost - refused);
  const egress = egressPackets(attribution.rules);
  return {
    conditions: [
      {
        holds: refused > 0 || (sndbufErrors === null ? null : sndbufErrors >= SOME * Math.max(1, sends.attempted)),
        seen: `${tally(refused)} sends refused with EAGAIN or ENOBUFS, SndbufErrors rose by ${tally(sndbufErrors)}`,
        needs: "EAGAIN, ENOBUFS or SndbufErrors",
      },
      {
        holds: epermShare < HARDLY_ANY,
        seen: epermSeen({ attribution, epermShare, sends }),
        needs: `less than ${percent(HARDLY_ANY)} EPERM`,
      },
      {
        holds: lost >= MOST * missing,
        seen: `${tally(missing)} queries failed or got no answer, ${tally(lost)} of them can be lost in a send buffer`,
        needs: `send buffers that can have lost ${percent(MOST)} of what is missing`,
      },
      {
        holds: egress === null ? null : egress < MOST * lost,
        seen: `rules at egress counted ${tally(egress)} packets`,
        needs: "no rule at egress that accounts for it: what it drops counts as SndbufErrors too",
      },
    ],
    sentence:
      `Send buffers overflowed, not the table: ${tally(lost)} of ${plural(sends.attempted, "send")} were lost before they left this host` +
      `${hidden > 0 ? `, ${tally(hidden)} of them without an error for the program` : ""}.`,
    further: present(loadPeakShare !== null && `the table was ${percent(loadPeakShare)} full at most`),
    against: present(
      attribution.drop !== null && attribution.drop > 0 && `drop rose by ${tally(attribution.drop)} as well`,
      missing > lost && `${tally(missing - lost)} queries are missing for another reason`,
    ),
    next: [
      "# See which queue drops, then give it room, or send more slowly (--rate)",
      "tc -s qdisc show",
      "sysctl net.core.wmem_default net.core.wmem_max",
      "nstat -az UdpSndbufErrors IpOutDiscards",
    ],
  };
};

/** Packets that rules at egress counted: none where no such rule is known of; null where one has no counter. */
function egressPackets(rules: readonly RuleChange[] | null): number | null {
  const atEgress = (rules ?? []).filter(({ hook }) => hook === "egress");
  return atEgress.some(({ packets }) => packets === null) ? null : atEgress.reduce((sum, { packets }) => sum + (packets ?? 0), 0);
}
