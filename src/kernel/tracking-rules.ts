import { chainsOf, withoutStrings } from "./nft-ruleset.ts";

/** Rules that turn connection tracking on in their namespace, and rules that except packets from it. */
export interface TrackingRules {
  /** `inet filter input: ct state established accept` */
  tracking: string[];
  notrack: string[];
}

/**
 * What registers the hooks of conntrack: an expression that looks at `ct`, or NAT, or an xt match or target that does
 * (`nf_ct_netns_get` in nft_ct.c, nft_nat.c, nft_masq.c, nft_redir.c, xt_conntrack.c, xt_state.c, xt_CT.c).
 */
const TRACKS = /(?:^|\s)(?:ct (?!timeout set|expectation set)\S|masquerade|snat|dnat|redirect|xt (?:match|target) "?(?:conntrack|state|connbytes|connmark|connlimit|CONNMARK|MASQUERADE|SNAT|DNAT|REDIRECT))/;
const EXCEPTS = /(?:^|\s)(?:notrack|xt target "?(?:NOTRACK|CT)"?)(?:\s|$)/;
const MOST_EACH = 50;

/** Reads the text of `nft list ruleset`, which shows the rules of iptables-nft too. Text that is none gives empty lists. */
export function trackingRules(ruleset: string): TrackingRules {
  const found: TrackingRules = { tracking: [], notrack: [] };
  for (const { table, name, rules } of chainsOf(ruleset)) {
    for (const line of rules) {
      // xt names stand in quotes, and only they may count there.
      const plain = line.replace(/xt (match|target) "(\w+)"/g, "xt $1 $2");
      const text = `${table} ${name}: ${line.replace(/counter packets \d+ bytes \d+ ?/, "")}`.trimEnd();
      if (EXCEPTS.test(withoutStrings(plain))) found.notrack.push(text);
      else if (TRACKS.test(withoutStrings(plain))) found.tracking.push(text);
    }
  }
  return { tracking: found.tracking.slice(0, MOST_EACH), notrack: found.notrack.slice(0, MOST_EACH) };
}

/** The same of `iptables-legacy-save`, whose rules nft does not show. */
export function legacyTrackingRules(saved: string): TrackingRules {
  const rules = saved.split("\n").filter((line) => line.startsWith("-A "));
  const named = (line: string): string => `iptables-legacy ${line}`;
  const excepts = (line: string): boolean => /-j (?:NOTRACK|CT .*--notrack)/.test(line);
  return {
    tracking: rules.filter((line) => !excepts(line) && /-m (?:conntrack|state|connbytes|connmark|connlimit)|-j (?:MASQUERADE|SNAT|DNAT|REDIRECT|CONNMARK|CT)\b/.test(line)).map(named).slice(0, MOST_EACH),
    notrack: rules.filter(excepts).map(named).slice(0, MOST_EACH),
  };
}
