import type { Tuning } from "./tuning.ts";

const RULESET = `
table inet tuning_notrack_one_way {
  chain output {
    type filter hook output priority raw; policy accept;
    udp dport 53 notrack
  }
  chain prerouting {
    type filter hook prerouting priority raw; policy accept;
    udp dport 53 notrack
  }
}
`;

export const notrackOneWay: Tuning = {
  summary: "the usual mistake: do not track the queries, and forget their answers",
  changes: "nft: notrack for udp dport 53 only",
  trap: "each answer then opens an entry of its own, so the table fills as before. Where ASSURED entries of others fill it, the answers are dropped and nobody gets an error: EPERM becomes a timeout",
  cost: "as many entries as before; early drop may evict each of them, as none becomes ASSURED",
  source: "nf_conntrack_in: a packet without entry is a new flow, whatever its direction",
  sets: ["whether DNS is tracked"],
  steps: [
    {
      kind: "rules",
      what: "nft table inet tuning_notrack_one_way",
      command: ["nft", "-f", "-"],
      input: RULESET,
      list: ["nft", "list", "table", "inet", "tuning_notrack_one_way"],
      shows: ["udp dport 53 notrack"],
    },
  ],
  effect: { kind: "replies" },
  tracks: "replies",
};
