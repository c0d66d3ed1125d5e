import type { Scenario } from "../scenario/scenario.ts";

/**
 * A remedy that people recommend: a named change of the lab, or of the load. All of it is data: the plan makes the change of
 * the scenario, the lab carries out the steps, and both look whether the change took effect.
 */
export interface Tuning {
  /** What it does, in one line. */
  summary: string;
  /** What it sets, as an administrator would name it. */
  changes: string;
  /** What goes wrong with it, or why it may not help. */
  trap: string;
  /** What it costs where it works. */
  cost: string;
  /** Where the kernel does what it rests on. */
  source: string;
  /** What it sets: two tunings that set the same thing contradict each other. */
  sets: readonly Setting[];
  /** By what it multiplies host-wide values: needs root. */
  table?: Partial<Record<"max" | "buckets", number>>;
  /** The scenario as it changes it, if it changes it; must not change `tunings` or `table`. */
  applyTo?: (scenario: Scenario) => Scenario;
  /** What it does in the lab, in the namespace whose table the run is about, before anything is sent. */
  steps?: readonly Step[];
  /** What the kernel must do with a few queries once the steps are done. */
  effect?: Effect;
  /** Which packets of DNS still meet the table; both directions where it is left out. */
  tracks?: DnsTracking;
  /** Timeouts of the entries it is about. */
  timeoutsS?: Partial<TimeoutsS>;
}

/** What is set, in words that end the sentence "both set ...". */
type Setting =
  | "nf_conntrack_max"
  | "nf_conntrack_buckets"
  | "the timeouts of DNS flows"
  | "the timeouts of TCP flows"
  | "whether DNS is tracked"
  | "how the load uses sockets"
  | "whether a refused query is tried again"
  | "the addresses the load sends from";

export type Step =
  /** Sets a sysctl of the namespace and reads it back. */
  | { kind: "sysctl"; name: string; value: number }
  /** Loads rules by handing `input` to a command; `list` prints them, and each text of `shows` must be in there. */
  | { kind: "rules"; what: string; command: readonly string[]; input: string; list: readonly string[]; shows: readonly string[] };

/**
 * untracked: neither a query nor its answer leaves an entry; replies: each answer opens an entry, no query does; timeout:
 * a query opens an entry that lives `seconds` at most.
 */
export type Effect = { kind: "untracked" } | { kind: "replies" } | { kind: "timeout"; seconds: number };

/** Which packets of DNS need an entry. */
export type DnsTracking = "both" | "replies" | "none";

/** How long entries live after their last packet: UDP without and with ASSURED, TCP in TIME_WAIT. */
export interface TimeoutsS {
  udp: number;
  udpStream: number;
  timeWait: number;
}

/** One thing that a tuning changed. */
export interface Change {
  /** `net.netfilter.nf_conntrack_udp_timeout`, `nft table inet tuning_notrack`, `phases[1].strategy`. */
  what: string;
  /** Null where there was nothing before. */
  from: string | null;
  to: string;
}
