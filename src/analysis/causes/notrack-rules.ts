import { chainsOf } from "../../kernel/nft-ruleset.ts";

/** A rule that exempts DNS from tracking: one way of the traffic in one of the two hooks where conntrack first sees a packet. */
interface NotrackRule {
  hook: "output" | "prerouting";
  /** The match, and whose packets it is about. */
  match: "udp dport 53" | "udp sport 53";
  packets: string;
}

const ELSEWHERE: readonly NotrackRule[] = [
  { hook: "output", match: "udp dport 53", packets: "queries that leave" },
  { hook: "prerouting", match: "udp sport 53", packets: "answers that arrive" },
];
/** Over loopback every packet passes both hooks. */
const HERE: readonly NotrackRule[] = [
  ...ELSEWHERE,
  { hook: "prerouting", match: "udp dport 53", packets: "queries that arrive" },
  { hook: "output", match: "udp sport 53", packets: "answers that leave" },
];
const CHAINS = { output: "out", prerouting: "pre" } as const;

/** Of the rules that exempt DNS as a whole, those that a ruleset lacks; null where it exempts nothing of DNS. */
export function missingNotrack(ruleset: string | null, { resolverHere }: { resolverHere: boolean }): NotrackRule[] | null {
  const chains = ruleset === null ? [] : chainsOf(ruleset);
  const wanted = resolverHere ? HERE : ELSEWHERE;
  const missing = wanted.filter(({ hook, match }) => {
    const [, way = ""] = match.split(" ");
    const exempts = new RegExp(`\\b${way} (?:53\\b|\\{[^}]*\\b53\\b[^}]*\\}).*\\bnotrack\\b`);
    return !chains.some((chain) => chain.hook === hook && chain.rules.some((line) => exempts.test(line)));
  });
  return missing.length === wanted.length ? null : missing;
}

/** "answers that arrive (udp sport 53 in prerouting)". */
export function nameRule({ hook, match, packets }: NotrackRule): string {
  return `${packets} (${match} in ${hook})`;
}

/** Commands that add these rules. */
export function addNotrack(rules: readonly NotrackRule[]): string[] {
  const hooks = [...new Set(rules.map(({ hook }) => hook))];
  return [
    "nft add table inet dns_raw",
    ...hooks.map((hook) => `nft add chain inet dns_raw ${CHAINS[hook]} '{ type filter hook ${hook} priority raw; }'`),
    ...rules.map(({ hook, match }) => `nft add rule inet dns_raw ${CHAINS[hook]} ${match} notrack`),
  ];
}
