import { DEFAULT_SOURCES } from "../scenario/defaults.ts";
import type { LoadPhase, Phase, Scenario } from "../scenario/scenario.ts";
import type { Tuning } from "./tuning.ts";

export const tcpPerQuery: Tuning = {
  summary: "ask over TCP, with a connection for each query: worse",
  changes: "the client: strategy tcp-per-query instead of per-query or sweep",
  trap: "each query leaves an entry that is ASSURED and stays in TIME_WAIT for 120 s, so the table fills sooner and nothing in it can be evicted. On a full table no error says so: the SYN is dropped and sent again, and the query times out",
  cost: "two round trips, seven packets or more and an ASSURED entry for each query",
  source: "nf_conntrack_tcp_packet (tcp_timeouts), nf_conntrack_in",
  sets: ["how the load uses sockets", "whether a refused query is tried again"],
  applyTo: (scenario) => ({ ...scenario, phases: scenario.phases.map((phase): Phase => (phase.kind === "load" ? connecting(phase, scenario) : phase)) }),
};

/** A sweep's queries are those of many clients; over TCP they come from as many addresses. */
function connecting(load: LoadPhase, { lab: { topology } }: Scenario): LoadPhase {
  if (load.strategy === "per-query") return { ...load, strategy: "tcp-per-query", retry: null };
  if (load.strategy !== "sweep" || topology === "host") return load;
  return { ...load, strategy: "tcp-per-query", sources: load.sources ?? DEFAULT_SOURCES[topology], ports: null };
}
