import type { EntryGroup, FillPhase, Scenario } from "../scenario/scenario.ts";
import { blockOf, cidr, contains, formatRange } from "./addresses.ts";
import { FIRST_FILL_PORT, INSERTED_TCP_PORT, LAB_ADDRESSES, MAX_FILL_PORTS } from "./lab-addresses.ts";
import type { AddressRange, Endpoint, PlannedFill, PlannedGroup } from "./plan.ts";
import { socketLimit } from "./planning.ts";
import type { Planning } from "./planning.ts";

/** Threads of a fill that waits for nobody: the sooner the last flow begins, the sooner it can be ASSURED. Others wait for the resolver. */
const UNHINDERED_THREADS = 2;

/** A fill with as few ports, from `firstPort` on, and so with traffic as few sockets, as its entries allow; null where there is none to be had. */
export function planFill(fill: FillPhase, index: number, firstPort: number, planning: Planning): PlannedFill | null {
  const { scenario, machine, problems, fillMax } = planning;
  const path = ["phases", index, "fill"];
  const { topology, resolver } = scenario.lab;
  if (topology === "host") {
    problems.at(path, "is refused in topology host: it would fill this machine's own table; write topology: loopback or pair");
    return null;
  }
  if (!machine.libc && fill.by === "insertion") {
    problems.at([...path, "by"], "insertion goes through netlink, which needs the C library, and koffi does not load here; run npm run setup, or write by: traffic and a state");
  }
  if (fill.by === "traffic" && resolver === "silent" && (fill.state === "replied" || fill.state === "assured")) {
    problems.at([...path, "state"], `no flow becomes ${fill.state} while nobody answers; write state: unreplied, or resolver: embedded`);
  }
  const lab = LAB_ADDRESSES[topology];
  const sources = cidr(fill.sources);
  if (!contains(cidr(lab.sources), sources)) {
    problems.at([...path, "sources"], `${fill.sources} is outside the lab; write a range in ${lab.sources}, for example ${lab.defaultSources}`);
    return null;
  }

  const entries = Math.max(1, Math.round(fill.occupancy * fillMax));
  const ports = Math.ceil(entries / sources.size);
  const unusedPorts = FIRST_FILL_PORT + MAX_FILL_PORTS - firstPort;
  const mostPorts = fill.by === "traffic" ? Math.min(unusedPorts, socketLimit(machine)) : unusedPorts;
  if (fill.by === "traffic" && mostPorts === 0) {
    problems.at(path, `needs ${plural(ports, "socket", "sockets")}, and this process may open none; raise the limit (as root: ulimit -Hn 1048576)`);
    return null;
  }
  if (ports > mostPorts) {
    const has = `needs ${entries} flows, but ${fill.sources} (${plural(sources.size, "address", "addresses")}) x ${mostPorts} ports is ${sources.size * mostPorts}`;
    problems.at([...path, "sources"], `${has}; ${instead(sources, entries, mostPorts, cidr(lab.sources))}`);
    return null;
  }
  const planned = { kind: "fill", entries, sources, ports: { first: firstPort, last: firstPort + ports - 1 } } as const;
  if (fill.by === "traffic") {
    const { state } = fill;
    const answersItself = (state === "replied" || state === "assured") && machine.libc && resolver === "embedded" && answerable(scenario, index);
    const threads = answersItself ? Math.min(UNHINDERED_THREADS, ports) : 1;
    return { ...planned, by: "traffic", engine: machine.libc ? "libc" : "dgram", state, answersItself, threads };
  }
  // ctnetlink lets in one at a time.
  return { ...planned, threads: 1, by: "insertion", groups: fill.entries.map((group) => planGroup(group, lab.resolver)) };
}

/**
 * Whether an answer that nobody asked for meets its flow: where the resolver's address is our own, and no rule of the scenario's may have
 * dropped what began the flow, or given it another source. Those of tunings do neither.
 */
function answerable({ lab, phases }: Scenario, index: number): boolean {
  return lab.topology === "loopback" && lab.ruleset === null && !phases.slice(0, index).some(({ kind }) => kind === "exec");
}

/** Inserted flows go to the resolver: of UDP as queries, of TCP as connections to something else that runs there. */
function planGroup({ protocol, state, assured, timeoutMs, share }: EntryGroup, resolver: Endpoint): PlannedGroup {
  const destination = protocol === "udp" ? resolver : { ...resolver, port: INSERTED_TCP_PORT };
  return { protocol, state, assured, timeoutS: timeoutMs / 1_000, share, destination };
}

/** The smallest block around the sources that would do with the ports there are. */
function instead(sources: AddressRange, entries: number, mostPorts: number, lab: AddressRange): string {
  const block = blockOf(sources.base, Math.ceil(entries / mostPorts));
  if (block === null || !contains(lab, block)) return "lower occupancy or table.max: the lab has no more addresses";
  return `write sources: ${formatRange(block)} (${plural(block.size, "address", "addresses")} x ${Math.ceil(entries / block.size)} ports)`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
