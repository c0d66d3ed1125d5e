import { nftTable } from "./nft-table.ts";
import type { Tuning } from "./tuning.ts";

export const notrackOneWay: Tuning = {
  summary: "the usual mistake: do not track the queries, and forget their answers",
  changes: "nft: notrack for udp dport 53 only",
  trap: "each answer then opens an entry of its own, so the table fills as before. Where ASSURED entries of others fill it, the answers are dropped and nobody gets an error: EPERM becomes a timeout",
  cost: "as many entries as before; early drop may evict each of them, as none becomes ASSURED",
  source: "nf_conntrack_in: a packet without entry is a new flow, whatever its direction",
  sets: ["whether DNS is tracked"],
  steps: [nftTable({ name: "tuning_notrack_one_way", priority: "raw", rules: ["udp dport 53 notrack"] })],
  effect: { kind: "replies" },
  tracks: "replies",
};
