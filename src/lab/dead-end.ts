import type { Endpoint } from "../plan/plan.ts";
import { OPENING_BYTES } from "../wire/query.ts";
import { complaintOf, run } from "./commands.ts";

/** A table of the lab's own. */
const TABLE = "netdev tablefull_dead_end";
const UDP_HEADER_BYTES = 8;

/**
 * Has the kernel drop datagrams that only open a flow where they would leave for loopback (egress hook, `nf_hook_egress`, since 5.16): behind
 * the confirmation of their entry, which is all that they are for. To have them received would take a third of their time. The
 * kernel counts each as lost in a queue (Udp.SndbufErrors). Returns what undoes it; where there is no such hook they just go on, to who stands in for the resolver.
 */
export function openDeadEnd({ address, port }: Endpoint): () => void {
  const ruleset = `
table ${TABLE} {
  chain out {
    type filter hook egress device lo priority 0; policy accept;
    ip daddr ${address} udp dport ${port} udp length ${UDP_HEADER_BYTES + OPENING_BYTES} drop
  }
}
`;
  if (complaintOf(() => void run("nft", ["-f", "-"], { input: ruleset })) !== null) return () => {};
  return () => void run("nft", ["delete", "table", ...TABLE.split(" ")]);
}
