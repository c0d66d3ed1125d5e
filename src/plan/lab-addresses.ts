import { DEFAULT_SOURCES } from "../scenario/defaults.ts";
import type { Topology } from "../scenario/scenario.ts";
import type { Endpoint } from "./plan.ts";

/** What a lab topology uses of the address space. CIDR texts, because messages and `ip` both want them. */
export interface LabAddresses {
  resolver: Endpoint;
  /** Load and fill may come only from here. */
  sources: string;
  /** Used when a scenario names no sources. */
  defaultSources: string;
  /** `--target` may point only here. */
  targets: string;
}

/** Loopback's own range, and the benchmarking range of RFC 2544 split in two: its lower half for clients, its top for the veth. */
export const LAB_ADDRESSES: Record<Exclude<Topology, "host">, LabAddresses> = {
  loopback: {
    resolver: { address: "127.0.0.53", port: 53 },
    sources: "127.0.0.0/8",
    defaultSources: DEFAULT_SOURCES.loopback,
    targets: "127.0.0.0/8",
  },
  pair: {
    resolver: { address: "198.19.255.53", port: 53 },
    sources: "198.18.0.0/16",
    defaultSources: DEFAULT_SOURCES.pair,
    targets: "198.19.255.0/24",
  },
  gateway: {
    resolver: { address: "198.19.255.53", port: 53 },
    sources: "198.18.0.0/16",
    defaultSources: "198.18.0.0/16",
    targets: "198.19.255.0/24",
  },
};

/** The client's end of the veth in topology `pair`; its default source address. */
export const PAIR_CLIENT = { address: "198.19.255.1", prefix: 24 } as const;

/** Topology `gateway`: the client's link to the router, both ends, and the router's end of the link to the resolver. */
export const GATEWAY_LINK = { client: "198.19.254.1", router: "198.19.254.2", prefix: 24 } as const;
export const GATEWAY_ROUTER = { address: "198.19.255.1", prefix: 24 } as const;

/** First source ports of what a scenario leaves open: far enough apart that a fill and a sweep share no tuple. */
export const FIRST_FILL_PORT = 20_000;
export const FIRST_SWEEP_PORT = 40_000;
/** Where TCP connections go whose entries are inserted. Nobody listens there: no packet of theirs is ever sent. */
export const INSERTED_TCP_PORT = 443;
/** Where a fill with TCP connects to, at the resolver's address: the discard service (RFC 863), as DNS over TCP has port 53. */
export const TCP_SINK_PORT = 9;
/** TCP connections that the lab's resolvers hold at once. */
export const MOST_TCP_CONNECTIONS = 8192;
/** Ports a fill may use: a fill that needs more should take more addresses. */
export const MAX_FILL_PORTS = 30_000;
