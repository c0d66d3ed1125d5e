import type { Tuning } from "./tuning.ts";

export const noStateRule: Tuning = {
  summary: "remove the rule that looks at a packet's state: tracking ends",
  changes: "nft: no `ct state` rule, and in topology gateway no masquerading (lab.tracking: false)",
  trap: "one other rule in the namespace that needs tracking (NAT, another tool's, a container engine's) keeps it on. Without state there is no `established,related accept`: the firewall must be written anew. Where it is done late, entries stay until they expire",
  cost: "no stateful filtering and no NAT; packets get cheaper",
  source: "nf_ct_netns_put: the hooks go with the last rule that needs them",
  sets: ["whether DNS is tracked"],
  applyTo: (scenario) => ({ ...scenario, lab: { ...scenario.lab, tracking: false } }),
  effect: { kind: "untracked" },
  tracks: "none",
};
