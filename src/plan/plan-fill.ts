import type { EntryGroup, FillPhase } from "../scenario/scenario.ts";
import { blockOf, cidr, contains, formatRange } from "./addresses.ts";
import { FIRST_FILL_PORT, INSERTED_TCP_PORT, LAB_ADDRESSES, MAX_FILL_PORTS } from "./lab-addresses.ts";
import type { AddressRange, Endpoint, PlannedFill, PlannedGroup } from "./plan.ts";
import { socketLimit } from "./planning.ts";
import type { Planning } from "./planning.ts";

/** Threads of a fill that opens all flows first: the sooner the last one begins, the sooner it can be ASSURED. Others wait for the resolver. */
const OPENING_THREADS = 2;

/**
 * So many flows at most begin before the first is asked for an answer. It costs a packet each, and saves time while queries and
 * answers, 4 to 5 µs a flow, take less than the 2 s that are to be waited for anyway.
 */
const OPEN_FIRST_MOST = 400_000;

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
    // A router begins a flow with the packet that reaches it, over veth the packets cost more than they save, and unbound would read them all.
    const openFirst = state === "assured" && machine.libc && topology === "loopback" && resolver === "embedded" && entries <= OPEN_FIRST_MOST;
    const threads = openFirst ? Math.min(OPENING_THREADS, ports) : 1;
    return { ...planned, by: "traffic", engine: machine.libc ? "libc" : "dgram", state, openFirst, threads };
  }
  // ctnetlink lets in one at a time.
  return { ...planned, threads: 1, by: "insertion", groups: fill.entries.map((group) => planGroup(group, lab.resolver)) };
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
