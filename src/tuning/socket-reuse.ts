import type { LoadPhase, Phase } from "../scenario/scenario.ts";
import type { Tuning } from "./tuning.ts";

export const socketReuse: Tuning = {
  summary: "send all queries from a pool of sockets, not each from its own",
  changes: "the client: strategy pool instead of per-query or sweep (100 sockets, or as many as `sockets` says)",
  trap: "the pool's first queries need entries too: opened on a full table they fail like any other. The entries become ASSURED, and with few source ports answers are easier to forge (RFC 5452)",
  cost: "one entry and one open socket for each of the pool",
  source: "nf_conntrack_in: a known tuple needs no new entry; nf_conntrack_udp_packet: ASSURED after 2 s",
  sets: ["how the load uses sockets", "the addresses the load sends from"],
  applyTo: (scenario) => ({ ...scenario, phases: scenario.phases.map((phase): Phase => (phase.kind === "load" ? pooled(phase) : phase)) }),
};

function pooled(load: LoadPhase): LoadPhase {
  return load.strategy === "per-query" || load.strategy === "sweep" ? { ...load, strategy: "pool", sources: null, ports: null } : load;
}
