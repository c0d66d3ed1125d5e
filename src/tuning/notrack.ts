import { nftTable } from "./nft-table.ts";
import type { Tuning } from "./tuning.ts";

export const notrack: Tuning = {
  summary: "do not track DNS at all",
  changes: "nft: notrack for udp dport 53 and for udp sport 53, in output and prerouting at priority raw",
  trap: "what is not tracked has no NAT and no state: a masquerading router lets it through untranslated and no answer finds its way back, and rules that accept `established,related` do not match it. Both directions are needed",
  cost: "a rule for each packet; stateful filtering of DNS is gone",
  source: "nft_notrack_eval sets IP_CT_UNTRACKED, nf_conntrack_in then leaves the packet alone",
  sets: ["whether DNS is tracked"],
  steps: [nftTable({ name: "tuning_notrack", priority: "raw", rules: ["udp dport 53 notrack", "udp sport 53 notrack"] })],
  effect: { kind: "untracked" },
  tracks: "none",
};
