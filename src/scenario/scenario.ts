import type { Shape } from "./shape.ts";
import type { Threshold } from "./thresholds.ts";

/**
 * What a scenario file says, after its units are read: durations in milliseconds, rates in queries
 * per second, shares from 0 to 1. Defaults are filled in; nothing here depends on the machine.
 */
export interface Scenario {
  /** Lower-case words joined by hyphens; names the run directory. */
  name: string;
  about: string;
  /** The verdict this story should end with; null when the scenario expects nothing. */
  expect: Cause | null;
  lab: LabSpec;
  /** Host-wide values; null leaves the host's own. */
  table: { max: number | null; buckets: number | null };
  /** Named changes to carry out before anything is sent; see src/tuning. */
  tunings: TuningName[];
  phases: Phase[];
  observe: { everyMs: number };
  thresholds: Threshold[];
}

/** What a verdict can name. The order is the order in which `--help` and the README list them. */
export const CAUSES = [
  "table-full",
  "early-drop-masked",
  "firewall-drop",
  "insert-clash",
  "chain-too-long",
  "send-buffer",
  "elsewhere",
  "untracked",
  "healthy",
  "inconclusive",
] as const;
export type Cause = (typeof CAUSES)[number];

export const TOPOLOGIES = ["loopback", "pair", "gateway", "host"] as const;
export type Topology = (typeof TOPOLOGIES)[number];

export const RESOLVERS = ["embedded", "unbound", "silent"] as const;
export type ResolverKind = (typeof RESOLVERS)[number];

export interface LabSpec {
  topology: Topology;
  /** Whether the lab adds the one nft rule that turns connection tracking on: at the client, in `gateway` at the router. Ignored by `host`. */
  tracking: boolean;
  /** nft statements loaded in the client's namespace beside the tracking rule; null for none. */
  ruleset: string | null;
  resolver: ResolverKind;
}

export const ENTRY_STATES = ["unreplied", "replied", "assured", "time-wait"] as const;
/**
 * How far a filled flow is taken. UDP: one packet, that and an answer, or both and another packet 2 s later. TCP:
 * `time-wait`, a connection opened and closed; always ASSURED.
 */
export type EntryState = (typeof ENTRY_STATES)[number];

/** A part of the entries that a fill inserts: all alike but for where they come from. */
export interface EntryGroup {
  protocol: InsertedProtocol;
  /** One of the protocol's: see `INSERTED_STATES`. */
  state: InsertedState;
  assured: boolean;
  /** How long the kernel keeps them, in whole seconds as it counts them. */
  timeoutMs: number;
  /** Of the fill's entries, 0 to 1. */
  share: number;
}

export const INSERTED_STATES = {
  udp: ["unreplied", "replied"],
  tcp: ["syn-sent", "syn-recv", "established", "fin-wait", "close-wait", "last-ack", "time-wait", "close"],
} as const;
export type InsertedProtocol = keyof typeof INSERTED_STATES;
export type InsertedState = (typeof INSERTED_STATES)[InsertedProtocol][number];

export const STRATEGIES = ["per-query", "pool", "sweep", "tcp-per-query", "tcp-persistent"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Whether a strategy asks over TCP (RFC 7766). */
export function overTcp(strategy: Strategy): boolean {
  return strategy === "tcp-per-query" || strategy === "tcp-persistent";
}

/** Whether the same sockets, and so the same flows, serve all queries of a load. */
export function longLived(strategy: Strategy): boolean {
  return strategy === "pool" || strategy === "tcp-persistent";
}

/** When long-lived connections are made: as the load begins, or before the first phase, as those of a service that runs for long. */
export const OPENED = ["at-load", "at-start"] as const;

/** Remedies that people recommend, each in its own file of src/tuning. */
export const TUNINGS = [
  "bigger-table",
  "bigger-hash",
  "bigger-table-and-hash",
  "short-udp-timeouts",
  "short-tcp-timeouts",
  "timeout-policy",
  "notrack",
  "notrack-one-way",
  "notrack-iptables",
  "notrack-iptables-legacy",
  "no-state-rule",
  "socket-reuse",
  "tcp-persistent",
  "tcp-per-query",
  "retry-on-eperm",
  "spread-sources",
] as const;
export type TuningName = (typeof TUNINGS)[number];

export const ENGINES = ["auto", "dgram", "libc"] as const;
export type EngineChoice = (typeof ENGINES)[number];

export const RETRY_ERRNOS = ["EPERM", "EAGAIN", "ENOBUFS"] as const;
/** What a sender does about a refused query: it tries the query again after a wait, each time as a new attempt. */
export interface RetrySpec {
  /** The errno it is done for; any other is final. */
  on: (typeof RETRY_ERRNOS)[number];
  /** Most attempts after the first. */
  times: number;
  waitMs: number;
}

export const QUERY_TYPES = ["A", "AAAA", "TXT", "MX", "NS"] as const;
type QueryType = (typeof QUERY_TYPES)[number];

export const FILL_WAYS = ["traffic", "insertion"] as const;

/** Bring the table to `occupancy` of its max with entries of our own. */
export type FillPhase = TrafficFill | InsertionFill;

interface Filling {
  kind: "fill";
  /** Share of `nf_conntrack_max`, 0 to 1. */
  occupancy: number;
  /** Addresses the filling flows come from, in CIDR form. */
  sources: string;
}

/** Every entry is earned by packets. */
interface TrafficFill extends Filling {
  by: "traffic";
  state: EntryState;
}

/** Every entry is written into the table through ctnetlink; no packet is sent. */
interface InsertionFill extends Filling {
  by: "insertion";
  /** Their shares add up to 1. */
  entries: EntryGroup[];
}

/** The queries whose fate is the result. Ends at `durationMs` or after `queries`, whichever comes first; at least one is set. */
export interface LoadPhase {
  kind: "load";
  strategy: Strategy;
  engine: EngineChoice;
  /** All threads together, open loop; null sends as fast as the engine can. Of a shape its highest. */
  ratePps: number | null;
  /** How the rate changes; null: not at all. */
  shape: Shape | null;
  durationMs: number | null;
  queries: number | null;
  /** With a rate: a query that is further behind its time than this is dropped. */
  catchUpMs: number;
  threads: number;
  /** Most queries awaiting an answer at once, all threads together; null leaves it to the engine's bound. */
  outstanding: number | null;
  timeoutMs: number;
  /** `pool` and `tcp-persistent`: sockets of all threads together. Ignored by other strategies. */
  sockets: number;
  /** `tcp-persistent` only. */
  opened: (typeof OPENED)[number];
  /** Source addresses in CIDR form; null lets the kernel choose (`sweep` then uses the lab's own range). */
  sources: string | null;
  /** `sweep`: source ports, first and last. Null lets the plan choose. */
  ports: { first: number; last: number } | null;
  query: { name: string; type: QueryType };
  /** Null: a refused query is not tried again. */
  retry: RetrySpec | null;
}

/** Run a program inside the lab's client namespace. Its output is kept in events.ndjson. */
interface ExecPhase {
  kind: "exec";
  command: string[];
  timeoutMs: number;
}

/** Do nothing, and go on observing. */
interface RestPhase {
  kind: "rest";
  durationMs: number;
}

export type Phase = FillPhase | LoadPhase | ExecPhase | RestPhase;
