import type { RuleChange } from "../drop-rules.ts";

/** A rule as iptables-nft keeps it: its own tables of ip and ip6, and chains in capitals, which nft's users do not write. */
const OF_IPTABLES = /^(ip6?) (filter|mangle|nat|raw|security) ([A-Z][\w-]*): /;
const OF_NFT = /^(\S+ \S+) (\S+): /;
const POLICY = ": policy drop";

/** What shows these rules with the names that a change needs, in the words of the tool that made them. `which`: how to speak of them. */
export function seeRules(rules: readonly RuleChange[], which = "the rule"): string[] {
  const commands = rules.map(({ rule }) => listing(rule));
  const ours = rules.filter(({ rule }) => OF_IPTABLES.test(rule));
  return [
    ...(rules.length > ours.length ? [`# Find ${which} with its handle, then change it or delete it`] : []),
    ...unique(commands.filter((command) => command.startsWith("nft"))),
    ...(ours.length > 0 ? [`# Made with iptables: find ${which} with its number, then change it or delete it (-D CHAIN NUMBER)`] : []),
    ...unique(commands.filter((command) => !command.startsWith("nft"))),
  ];
}

/** What makes these rules, of which nothing says how much they dropped, say it. */
export function countRules(rules: readonly RuleChange[]): string[] {
  return unique(rules.flatMap(({ rule }) => {
    const [, chain = "", name = ""] = OF_NFT.exec(rule) ?? [];
    if (OF_IPTABLES.test(rule)) return ["# iptables counts it in the first line of the chain", listing(rule)];
    if (rule.endsWith(POLICY)) return ["# Count what the policy drops with a last rule in its chain, then run again", `nft add rule ${chain} ${name} counter`];
    return ["# Give the rule a counter before its verdict, then run again", listing(rule)];
  }));
}

function listing(rule: string): string {
  const [, family, table = "", chain = ""] = OF_IPTABLES.exec(rule) ?? [];
  if (family !== undefined) return `${family === "ip6" ? "ip6tables" : "iptables"} -t ${table} -L ${chain} -v -n --line-numbers`;
  const [, place, name] = OF_NFT.exec(rule) ?? [];
  return place === undefined ? "nft -a list ruleset" : `nft -a list chain ${place} ${name}`;
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}
