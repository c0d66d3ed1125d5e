import type { Endpoint } from "../plan/plan.ts";
import { complaintOf, run } from "./commands.ts";

/** A table of the lab's own: no rule of it refuses anything, and nobody else's is called so. */
const TABLE = "netdev tablefull_sent";

/** What the counter says: packets since it was made, or why it does not say. */
export type SentCount = { packets: number; why: null } | { packets: null; why: string };

/**
 * Counts the datagrams to the resolver that leave this namespace, at the last place that netfilter sees: the egress hook of the
 * devices (`nf_hook_egress`, since 5.16), behind every verdict of output and postrouting, behind the confirmation of the
 * conntrack entry, and behind any other egress rule. What a full queue of the device then refuses was counted.
 */
export class SentCounter {
  readonly #devices: readonly string[];
  readonly #target: Endpoint;
  /** Why there is no counter; null where there is one. */
  #lacking: string | null = "there is no counter yet";

  constructor({ devices, target }: { devices: readonly string[]; target: Endpoint }) {
    this.#devices = devices;
    this.#target = target;
  }

  /** Begins to count. Never throws: a kernel without the hook leaves the count unknown. */
  install(): void {
    this.#lacking = this.#devices.length === 0 ? "topology host has no counter of its own" : complaintOf(() => void run("nft", ["-f", "-"], { input: rulesetOf(this.#devices, this.#target) }));
  }

  read(): SentCount {
    if (this.#lacking !== null) return { packets: null, why: this.#lacking };
    let packets: number | null = null;
    const why = complaintOf(() => {
      const counted = /packets (\d+)/.exec(run("nft", ["list", "counter", ...TABLE.split(" "), "sent"]))?.[1];
      packets = counted === undefined ? null : Number(counted);
    });
    return packets === null ? { packets, why: why ?? "nft did not show the counter" } : { packets, why: null };
  }
}

function rulesetOf(devices: readonly string[], { address, port }: Endpoint): string {
  return `
table ${TABLE} {
  counter sent {}
  chain out {
    type filter hook egress devices = { ${devices.join(", ")} } priority 2147483647; policy accept;
    ip daddr ${address} udp dport ${port} counter name "sent"
  }
}
`;
}
