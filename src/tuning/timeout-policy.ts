import { UDP_STREAM_TIMEOUT_S, UDP_TIMEOUT_S } from "./short-udp-timeouts.ts";
import { nftTable } from "./nft-table.ts";
import type { Tuning } from "./tuning.ts";

const POLICY = `  ct timeout dns { protocol udp; l3proto ip; policy = { unreplied : ${UDP_TIMEOUT_S}, replied : ${UDP_STREAM_TIMEOUT_S} }; }\n`;

export const timeoutPolicy: Tuning = {
  summary: "forget DNS flows sooner, and only those",
  changes: `nft: a ct timeout object (unreplied ${UDP_TIMEOUT_S} s, replied ${UDP_STREAM_TIMEOUT_S} s) for udp dport 53, in output and prerouting`,
  trap: "given to new flows only; what fills the table now stays. Here for IPv4: IPv6 needs an object of its own. The rule uses ct, so it turns tracking on where nothing else did",
  cost: "an extension in each DNS entry, a rule for each packet",
  source: "nft_ct_timeout_obj_eval, nf_ct_timeout_lookup (CONFIG_NF_CONNTRACK_TIMEOUT)",
  sets: ["the timeouts of DNS flows", "whether DNS is tracked"],
  // Priority mangle: after conntrack has seen the packet (-200), before its entry is confirmed.
  steps: [nftTable({ name: "tuning_timeout_policy", priority: "mangle", head: POLICY, rules: ['udp dport 53 ct timeout set "dns"'] })],
  effect: { kind: "timeout", seconds: UDP_TIMEOUT_S },
  timeoutsS: { udp: UDP_TIMEOUT_S, udpStream: UDP_STREAM_TIMEOUT_S },
};
