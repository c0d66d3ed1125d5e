/** A set of rules, and what they must do to the queries of a load. */
export interface Rules {
  name: string;
  /** For bash: sets the rules in a namespace that has none. */
  script: string;
  /** For bash: prints the rule that `matches` is about, with its counter as nft or iptables-save shows it. */
  list: string;
  /** How often a query meets that rule. */
  matches: 0 | 1;
  /** What leaves entries: nothing at all, whatever is no query, or all. */
  tracks: "nothing" | "others" | "queries";
  /** Entries that making the rules leaves; each is expected to open another connection. */
  entriesBefore: 0 | 1;
  /** Where it cannot matter to a flow that is known. */
  newFlowsOnly?: true;
}

const HELPED_PORT = 4444;
const PROBED_PORT = 4445;
const send = (port: number): string => `echo > /dev/udp/127.0.0.1/${port}`;

/** Any use of `ct` registers the hooks; nothing is forwarded here. */
const HOOKS = "chain forward { type filter hook forward priority filter; ct state new counter; }";
const nft = (...parts: string[]): string => `nft 'table inet cost { ${parts.map((part) => `${part};`).join(" ")} }'`;
const listed = (chain: string): string => `nft list chain inet cost ${chain}`;
const unmatched = { list: listed("forward"), matches: 0, tracks: "queries", entriesBefore: 0 } as const;
const helper = { ...unmatched, list: listed("output"), newFlowsOnly: true } as const;
const matched = { list: listed("output"), matches: 1, tracks: "queries", entriesBefore: 0 } as const;

/** Both directions are named, as in the tuning notrack; a query meets one rule at output and one at prerouting. */
const NOTRACK = ["output", "prerouting"]
  .map((hook) => `chain ${hook} { type filter hook ${hook} priority raw; udp dport 53 counter notrack; udp sport 53 counter notrack; }`);
/** As a helper such as FTP's: a packet to that port makes an expectation, and while there is one every new flow looks the table of expectations up. */
const HELPER = [
  "ct expectation another { protocol udp; dport 9999; timeout 1h; size 8; l3proto ip; }",
  `chain output { type filter hook output priority filter; udp dport ${HELPED_PORT} counter ct expectation set "another"; }`,
];

export const NONE: Rules = { name: "no conntrack", script: "true", list: "true", matches: 0, tracks: "nothing", entriesBefore: 0 };
export const VARIANTS: readonly Rules[] = [
  { name: "NOTRACK", script: nft(HOOKS, ...NOTRACK), ...matched, tracks: "others" },
  { name: "conntrack, no rule met", script: nft(HOOKS), ...unmatched },
  { name: "nft state rule", script: nft("chain output { type filter hook output priority filter; ct state new,established counter accept; }"), ...matched },
  iptablesState("iptables-nft"),
  { name: "rule of a helper, no expectation", script: nft(HOOKS, ...HELPER), ...helper },
  { name: "rule of a helper, one expectation", script: `${nft(HOOKS, ...HELPER)}; ${send(HELPED_PORT)}`, ...helper, entriesBefore: 1 },
];
/** Its table stays in a namespace, empty, until that ends: nothing can be measured after it. */
export const LEGACY = { ...iptablesState("iptables-legacy"), command: "iptables-legacy" };

function iptablesState(command: string): Rules {
  return {
    name: `${command} state rule`,
    script: `XTABLES_LOCKFILE=/dev/null ${command} -A OUTPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT`,
    ...matched,
    list: `${command}-save -c`,
  };
}

/** For bash: empties the table, removes the rules before, and makes these. Fails where an expectation is wanted and there is none. */
export function make({ script, entriesBefore }: Rules): string {
  const clear = ["ip filter", "inet cost"].map((table) => `nft 'add table ${table}; delete table ${table}'`);
  return [...clear, "conntrack -F", script, `test $(wc -l < /proc/net/nf_conntrack_expect) = ${entriesBefore}`].join("; ");
}

/** For bash: prints a line of how many entries there are, how many a packet to another port adds, expectations, and what the rule counted. */
export function look({ list }: Rules): string {
  const count = "cat /proc/sys/net/netfilter/nf_conntrack_count";
  // nft: counter packets 5 bytes 9; iptables-save: [5:9] -A OUTPUT.
  const counted = `${list} | sed -nE 's/.*counter packets ([0-9]+).*/\\1/p; s/^\\[([0-9]+):.*-A OUTPUT.*/\\1/p' | head -1`;
  return [
    `packets=$(${counted})`,
    `entries=$(${count})`,
    send(PROBED_PORT),
    `echo $entries $(($(${count}) - entries)) $(wc -l < /proc/net/nf_conntrack_expect) \${packets:-0}`,
  ].join("; ");
}
