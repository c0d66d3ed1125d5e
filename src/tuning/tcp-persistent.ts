import type { LoadPhase, Phase } from "../scenario/scenario.ts";
import type { Tuning } from "./tuning.ts";

export const tcpPersistent: Tuning = {
  summary: "ask over one long-lived TCP connection (one a sender thread)",
  changes: "the client: strategy tcp-persistent, with connections made before anything else happens (opened: at-start)",
  trap: "a connection that breaks while the table is full cannot be made anew, and no error says so: its SYN is dropped and sent again. A lost segment holds up every answer behind it, and not every resolver takes long-lived connections",
  cost: "one ASSURED entry a connection (432000 s), and state at the resolver for each",
  source: "nf_conntrack_tcp_packet: ESTABLISHED is ASSURED; tcp_v4_connect hides the refusal of a SYN from the program (RFC 7766)",
  sets: ["how the load uses sockets", "the addresses the load sends from", "whether a refused query is tried again"],
  applyTo: (scenario) => ({ ...scenario, phases: scenario.phases.map((phase): Phase => (phase.kind === "load" ? standing(phase) : phase)) }),
};

function standing(load: LoadPhase): LoadPhase {
  if (load.strategy === "tcp-persistent") return load;
  return { ...load, strategy: "tcp-persistent", sockets: load.threads, opened: "at-start", sources: null, ports: null, retry: null };
}
