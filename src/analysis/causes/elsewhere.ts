import { timeoutsAsUnanswered } from "../connect-timeouts.ts";
import type { Evidence } from "../evidence.ts";
import { dnsTrackingOf } from "../../tuning/catalogue.ts";
import { percent, plural, tally } from "../words.ts";
import { silentPackets } from "./firewall-drop.ts";
import { addNotrack, missingNotrack, nameRule } from "./notrack-rules.ts";
import { NOTRACK_DNS, raiseTable } from "./remedies.ts";
import { compared, epermSeen, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const LOST = 0.05;
const HARDLY_ANY = 0.01;
/** Drops that make up this much of the missing answers are where they went. */
const MOST = 0.8;
/** Drops below this share of the missing answers are not the reason. */
const FLAT = 0.05;

/** Queries went out and no answer came: lost silently, here on their way back or beyond this namespace. */
export const elsewhere: Rule = (told) => {
  const evidence = timeoutsAsUnanswered(told);
  const { attribution, epermShare, failedSends, lab, sends, sndbufErrors } = evidence;
  const lost = sends.unanswered;
  const byRules = silentPackets(evidence);
  const rulesSeen = byRules === null ? "what rules here dropped is not known" : `rules on the way in counted ${plural(byRules, "packet")}`;
  const place = placeOf(evidence);
  return {
    conditions: [
      {
        holds: sends.sent > 0 && lost >= LOST * sends.sent,
        seen: `${tally(lost)} of ${tally(sends.sent)} queries sent got no answer (${percent(sends.sent === 0 ? 0 : lost / sends.sent)})`,
        needs: `${percent(LOST)} of the queries without answer`,
      },
      {
        holds: epermShare < HARDLY_ANY,
        seen: epermSeen({ attribution, epermShare, sends }),
        needs: `less than ${percent(HARDLY_ANY)} EPERM`,
      },
      {
        holds: lab?.resolver !== "silent",
        seen: lab?.resolver === "silent" ? "the lab's resolver answers nothing" : "the resolver is one that answers",
        needs: "a resolver that answers",
      },
      {
        holds: place.where === "died" || place.where === "receive-buffer" ? true : compared(place.silentDrops, () => place.where !== "unclear"),
        seen: `drop rose here by ${tally(place.silentDrops)} beyond the EPERM`,
        needs: `drop to rise by ${percent(MOST)} of the missing answers, or not at all where there is something beyond this namespace, or something else here that explains them`,
      },
      {
        // Rules that could be listed but do not tell what they dropped leave it open.
        holds: attribution.rules !== null && byRules === null ? null : (byRules ?? 0) < FLAT * lost && (sndbufErrors ?? 0) < FLAT * lost,
        seen: `${rulesSeen}, SndbufErrors rose by ${tally(sndbufErrors)}`,
        needs: "no rule and no send buffer here that explains the loss",
      },
    ],
    sentence: place.sentence,
    further: place.further,
    against: [
      ...place.against,
      ...present(
        place.where !== "receive-buffer" && (evidence.rcvbufErrors ?? 0) > 0 && `${tally(evidence.rcvbufErrors)} of them can be lost in a full receive buffer here (Udp.RcvbufErrors)`,
        evidence.rcvbufErrors === null && "whether a receive buffer here was full is unknown",
        failedSends > attribution.eperm && `${plural(failedSends - attribution.eperm, "send")} failed with another errno`,
      ),
    ],
    next: place.next,
  };
};

interface Place {
  where: "died" | "receive-buffer" | "here" | "router" | "beyond" | "unclear";
  silentDrops: number | null;
  sentence: string;
  further: string[];
  against: string[];
  next: string[];
}

function placeOf(evidence: Evidence): Place {
  const { attribution, sends } = evidence;
  const lost = sends.unanswered;
  const silentDrops = attribution.drop === null ? null : Math.max(0, attribution.drop - (attribution.explained ?? 0));
  if (evidence.deaths.length > 0) return { where: "died", silentDrops, ...lostWithServer(evidence) };
  if ((evidence.rcvbufErrors ?? 0) >= MOST * lost) return { where: "receive-buffer", silentDrops, ...lostInBuffer(evidence) };
  if (silentDrops !== null && silentDrops >= MOST * lost) return { where: "here", silentDrops, ...lostHere(evidence, silentDrops) };
  if (silentDrops === null || silentDrops > FLAT * lost) {
    const sentence = `${tally(lost)} queries got no answer; drop accounts for ${tally(silentDrops)} of them.`;
    return { where: "unclear", silentDrops, sentence, further: [], against: [], next: [] };
  }
  if (evidence.lab?.topology === "loopback") {
    const sentence = `${tally(lost)} queries got no answer, and no counter of this namespace, in which all of the lab is, accounts for them.`;
    return { where: "unclear", silentDrops, sentence, further: [], against: [], next: [] };
  }
  const { router } = evidence;
  const confirmed = router?.full === true && router.drop !== null && router.drop >= MOST * lost;
  return confirmed ? { where: "router", silentDrops, ...lostOnRouter(evidence, router) } : { where: "beyond", silentDrops, ...lostBeyond(evidence) };
}

type Told = Omit<Place, "where" | "silentDrops">;

function lostWithServer({ deaths, sends }: Evidence): Told {
  return {
    sentence: `The lab lost its server, so this run says nothing of the table: ${deaths.join("; ")}, and ${tally(sends.unanswered)} of ${tally(sends.sent)} queries got no answer.`,
    further: [],
    against: ["queries sent before it died can have been lost for another reason"],
    next: ["# Run again; where it dies again, see what ended it (memory?)", "dmesg | tail -n 20"],
  };
}

function lostInBuffer({ rcvbufErrors, sends }: Evidence): Told {
  const lost = rcvbufErrors ?? 0;
  return {
    sentence: `The queries or their answers were lost in a full receive buffer here: ${tally(sends.unanswered)} of ${tally(sends.sent)} queries got no answer, and Udp.RcvbufErrors rose by ${tally(lost)}. The load was faster than its receiver.`,
    further: [],
    against: present(lost > sends.unanswered * 1.05 + 1 && `${tally(lost - sends.unanswered)} more datagrams lost in receive buffers than answers are missing: other traffic too`),
    next: ["# Send more slowly (--rate), or give receivers more room", "sysctl net.core.rmem_default net.core.rmem_max", "nstat -az UdpRcvbufErrors UdpInErrors"],
  };
}

function lostHere({ lab, loadPeakShare, ruleset, sends, setByScenario, table }: Evidence, silentDrops: number): Told {
  const missing = missingNotrack(ruleset, { resolverHere: lab?.topology === "loopback" });
  const unnamed = missing === null && ruleset !== null && /\bnotrack\b/.test(ruleset);
  return {
    sentence: `The replies were lost here, without an error: ${tally(sends.unanswered)} of ${tally(sends.sent)} queries got no answer, and this namespace dropped ${tally(silentDrops)} packets that were no sends of ours.`,
    further: present(
      loadPeakShare !== null && `the table was ${percent(loadPeakShare)} full at most`,
      missing !== null && missing.length > 0 && `DNS is exempt from tracking only in part: no rule exempts ${missing.map(nameRule).join(", ")}, and each such packet opens an entry of its own`,
      unnamed && "the ruleset has a notrack rule: where only queries are exempt, each reply opens an entry of its own",
    ),
    against: present(
      loadPeakShare !== null && loadPeakShare < 0.99 && "no sample saw the table full while replies were dropped",
      silentDrops > sends.unanswered * 1.05 + 1 && `${tally(silentDrops - sends.unanswered)} more drops than missing answers: other traffic was dropped too`,
    ),
    next: [
      ...(missing !== null && missing.length > 0 ? [`# Exempt the rest of DNS too: ${missing.map(nameRule).join(", ")}`, ...addNotrack(missing)] : []),
      ...(unnamed ? ["# Exempt the replies as well as the queries; these are the rules now", "nft list ruleset | grep -n notrack", ...NOTRACK_DNS] : []),
      ...raiseTable({ ...table, setByScenario }),
    ],
  };
}

function lostOnRouter({ sends, setByScenario, table }: Evidence, router: NonNullable<Evidence["router"]>): Told {
  return {
    sentence: `The queries were lost in the router's table, confirmed: ${tally(sends.unanswered)} of ${tally(sends.sent)} got no answer, and the full table of the router dropped ${tally(router.drop)} packets. Nothing failed here.`,
    further: [`the router's table held ${tally(router.peak)} of ${tally(router.max)} entries`, "no counter of this namespace accounts for the loss"],
    against: present(
      (router.drop ?? 0) > sends.unanswered * 1.05 + 1 && `the router dropped ${tally((router.drop ?? 0) - sends.unanswered)} more packets than answers are missing`,
    ),
    next: ["# On the router", "conntrack -S", ...raiseTable({ max: router.max, peak: router.peak, buckets: table.buckets, setByScenario })],
  };
}

function lostBeyond({ lab, router, sends, tunings }: Evidence): Told {
  const untranslated = lab?.topology === "gateway" && dnsTrackingOf(tunings) !== "both";
  const watched =
    router === null
      ? "What lies beyond this namespace was not observed."
      : `The router's table does not explain it: peak ${tally(router.peak)} of ${tally(router.max)}, ${tally(router.drop)} packets dropped.`;
  return {
    sentence: `The queries or their answers were lost beyond this namespace: ${tally(sends.unanswered)} of ${tally(sends.sent)} got no answer, and nothing was refused or dropped here. ${watched}`,
    further: [
      "no counter of this namespace accounts for the loss",
      ...present(untranslated && "a tuning keeps the queries out of the router's table, and so out of its NAT: they go on untranslated, and no answer finds its way back"),
    ],
    against: present(router === null && "not observed: a router's table, a peer's table and a resolver that is slow look the same from here"),
    next: [
      "# On the next hop (router, NAT gateway, the resolver's host), while it happens: drop rising means that its table is full",
      "conntrack -S",
      "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
    ],
  };
}
