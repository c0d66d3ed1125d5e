import { DEFAULT_SOURCES } from "../scenario/defaults.ts";
import type { LoadPhase, Phase, Scenario } from "../scenario/scenario.ts";
import type { Tuning } from "./tuning.ts";

const ADDRESSES = "256";

export const spreadSources: Tuning = {
  summary: `send from ${ADDRESSES} source addresses instead of one`,
  changes: `the client: each socket of strategies per-query and tcp-per-query is bound to one of ${ADDRESSES} addresses, at random`,
  trap: "it mends running out of source ports, not a full table: tuples repeat less often, so the same load opens more entries. An address beyond those that the NAT masquerades is not translated",
  cost: "addresses, and one more system call for each query",
  source: "nf_conntrack_tuple: the source address is part of the tuple; udp_lib_get_port: ports are per address",
  sets: ["the addresses the load sends from"],
  applyTo: (scenario) => ({ ...scenario, phases: scenario.phases.map((phase): Phase => (phase.kind === "load" ? spread(phase, scenario) : phase)) }),
};

function spread(load: LoadPhase, { lab: { topology } }: Scenario): LoadPhase {
  const oneEach = load.strategy === "per-query" || load.strategy === "tcp-per-query";
  if (!oneEach || load.sources !== null || topology === "host") return load;
  return { ...load, sources: DEFAULT_SOURCES[topology].replace(/\/\d+$/, "/24") };
}
