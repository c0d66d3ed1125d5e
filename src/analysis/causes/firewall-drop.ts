import { connectTimeouts, timeoutsAsUnanswered } from "../connect-timeouts.ts";
import type { RuleChange } from "../drop-rules.ts";
import { refuses } from "../drop-rules.ts";
import type { Evidence } from "../evidence.ts";
import { percent, plural, tally } from "../words.ts";
import { compared, hasEperm, present } from "./rule.ts";
import type { Case, Rule } from "./rule.ts";
import { seeRules } from "./see-rules.ts";

const ATTRIBUTED = 0.95;
const LOST = 0.05;

/** A rule of this namespace drops the packets: on the way out as EPERM, but for TCP; on the way in silently. */
export const firewallDrop: Rule = (evidence) => (evidence.attribution.eperm > 0 ? refused(evidence) : silent(timeoutsAsUnanswered(evidence)));

function refused({ attribution, epermShare, loadPeakShare, sends }: Evidence): Case {
  const { eperm, byRule, remainder, remainderCause, rules } = attribution;
  const named = remainderCause ?? "a rule";
  return {
    conditions: [
      hasEperm({ attribution, epermShare, sends }),
      {
        holds: compared(remainder, (count) => count >= ATTRIBUTED * eperm),
        seen: `no counter of connection tracking explains ${tally(remainder)} of them`,
        needs: `${percent(ATTRIBUTED)} of the EPERM that the table does not explain`,
      },
      {
        holds: compared(byRule, (count) => count > 0 && count >= ATTRIBUTED * (remainder ?? eperm)),
        seen: ruleSeen(rules, refuses, "output"),
        needs: `a rule in output or postrouting that counted ${percent(ATTRIBUTED)} of them`,
      },
    ],
    sentence: `A firewall rule refused the queries: ${tally(eperm)} of ${plural(sends.attempted, "send")} (${percent(epermShare)}) failed with EPERM, and ${named} counted them.`,
    further: present(loadPeakShare !== null && loadPeakShare < 0.95 && `the table was ${percent(loadPeakShare)} full at most`),
    against: present(
      loadPeakShare !== null && loadPeakShare >= 0.99 && `the table was full as well (${percent(loadPeakShare)}), but its counters do not explain the EPERM`,
      excess(rules, refuses, remainder ?? 0),
    ),
    next: seeRules(dropping(rules, refuses)),
  };
}

function silent(evidence: Evidence): Case {
  const { attribution, sends } = evidence;
  const lost = sends.unanswered;
  const counted = silentPackets(evidence);
  const unconnected = connectTimeouts(evidence) > 0;
  const which = silentRules(evidence);
  return {
    conditions: [
      {
        holds: lost >= LOST * Math.max(1, sends.sent),
        seen: `${tally(lost)} of ${tally(sends.sent)} queries got no answer, and none was refused with EPERM`,
        needs: `EPERM, or ${percent(LOST)} of the queries without answer`,
      },
      {
        holds: compared(counted, (count) => count >= ATTRIBUTED * lost && count > 0),
        seen: ruleSeen(attribution.rules, which, unconnected ? "any hook" : "input"),
        needs: "a rule here that counted as many packets as answers are missing",
      },
    ],
    sentence: unconnected
      ? `A firewall rule here dropped the connections: ${tally(lost)} of ${tally(sends.sent)} queries over TCP got no answer, and rules counted ${tally(counted)} packets. TCP tells no program of EPERM.`
      : `A firewall rule here dropped the answers: ${tally(lost)} of ${tally(sends.sent)} queries got none, and rules on the way in counted ${tally(counted)} packets.`,
    further: [],
    // A SYN is sent again and again.
    against: present(!unconnected && excess(attribution.rules, which, lost)),
    next: seeRules(dropping(attribution.rules, which)),
  };
}

/** Packets that rules counted whose drops no program is told of; null where that is not known. */
export function silentPackets(evidence: Evidence): number | null {
  const { rules } = evidence.attribution;
  if (rules === null) return null;
  const silently = rules.filter(silentRules(evidence));
  return silently.some(({ packets }) => packets === null) ? null : silently.reduce((sum, { packets }) => sum + (packets ?? 0), 0);
}

/** The rules on the way in (or through); where connections timed out, those on the way out as well. */
export function silentRules(evidence: Evidence): (rule: RuleChange) => boolean {
  return connectTimeouts(evidence) > 0 ? () => true : isSilent;
}

function isSilent({ hook }: RuleChange): boolean {
  return hook === "input" || hook === "prerouting" || hook === "forward" || hook === "ingress" || hook === "several";
}

function ruleSeen(rules: readonly RuleChange[] | null, which: (rule: RuleChange) => boolean, hook: string): string {
  if (rules === null) return "the rules that drop could not be listed";
  const found = rules.filter(which);
  if (found.length === 0) return `no rule of this namespace drops in ${hook}`;
  return found
    .map(({ rule, packets }) => (packets === null ? `rule ${rule} has no counter` : `rule ${rule} counted ${plural(packets, "packet")}`))
    .join("; ");
}

function excess(rules: readonly RuleChange[] | null, which: (rule: RuleChange) => boolean, seen: number): string | false {
  const counted = (rules ?? []).filter(which).reduce((sum, { packets }) => sum + (packets ?? 0), 0);
  return counted > seen * 1.05 + 1 && `the rules counted ${plural(counted - seen, "packet")} more than that: they drop other traffic too`;
}

function dropping(rules: readonly RuleChange[] | null, which: (rule: RuleChange) => boolean): RuleChange[] {
  return (rules ?? []).filter((rule) => which(rule) && rule.packets !== 0);
}
