import type { EntryState, InsertedProtocol, InsertedState, LoadPhase, Phase, Scenario } from "../scenario/scenario.ts";
import type { TunedScenario } from "../tuning/tune-scenario.ts";

/** What a plan must know of the machine it will run on. Read once, before anything starts. */
export interface Machine {
  /** Holds CAP_SYS_ADMIN in the initial user namespace: host-wide values can be set. */
  privileged: boolean;
  /** Global `nf_conntrack_max` and `nf_conntrack_buckets`; null where nf_conntrack is not loaded. */
  max: number | null;
  buckets: number | null;
  /** Entries in this namespace's own table now. */
  hostEntries: number | null;
  ephemeralPorts: PortRange;
  /** Hard RLIMIT_NOFILE: sockets one process may open. */
  openFilesHard: number;
  /** Whether the C library can be called (koffi loads). */
  libc: boolean;
}

/** Inclusive at both ends. */
export interface PortRange {
  first: number;
  last: number;
}

/** Consecutive IPv4 addresses: `base` as an unsigned 32-bit number. */
export interface AddressRange {
  base: number;
  size: number;
}

export interface Endpoint {
  address: string;
  port: number;
}

/** A scenario made concrete for one machine: every number the run needs, none left to choose later. */
export interface Plan {
  /** With its tunings carried out, but for `table`, which stays as the file has it. */
  scenario: Scenario;
  /** `nf_conntrack_max` and `nf_conntrack_buckets` during the run. */
  table: { max: number; buckets: number };
  /** What the run sets of them for the whole host; null leaves the host's own. */
  hostValues: { max: number | null; buckets: number | null };
  /** What each tuning changes in the scenario or the table; those that act in the lab say so there. */
  tunings: TunedScenario["changes"];
  target: Endpoint;
  /** Whether the C library can be called; where it cannot, Node's own sockets do what they can of its work. */
  libc: boolean;
  phases: PlannedPhase[];
}

export type PlannedFill = PlannedTraffic | PlannedInsertion;

interface PlannedFilling {
  kind: "fill";
  /** Entries the table should hold when the phase ends. */
  entries: number;
  sources: AddressRange;
  ports: PortRange;
  threads: number;
}

export interface PlannedTraffic extends PlannedFilling {
  by: "traffic";
  engine: Engine;
  state: EntryState;
  /** Begin all flows, then answer them in the embedded resolver's place, without a query. */
  answersItself: boolean;
}

export interface PlannedInsertion extends PlannedFilling {
  by: "insertion";
  groups: PlannedGroup[];
}

/** Entries that are inserted alike: all but their source. */
export interface PlannedGroup {
  protocol: InsertedProtocol;
  state: InsertedState;
  assured: boolean;
  timeoutS: number;
  /** Of the entries inserted, 0 to 1. */
  share: number;
  /** Where their flows go, as the table will say. */
  destination: Endpoint;
}

/** A load with nothing left open. */
export interface PlannedLoad extends Omit<LoadPhase, "engine" | "outstanding" | "sources" | "ports"> {
  engine: Engine;
  outstanding: number;
  /** Null: the kernel chooses the source address. */
  sources: AddressRange | null;
  ports: PortRange;
  /** Distinct (source address, source port) pairs this load can open towards the target. */
  flowSpace: number;
}

export type Engine = "dgram" | "libc";
export type PlannedPhase = PlannedFill | PlannedLoad | Extract<Phase, { kind: "exec" | "rest" }>;

/** Whether this is a fill that needs nobody to answer it. */
export function answersItself(phase: PlannedPhase | undefined): boolean {
  return phase?.kind === "fill" && phase.by === "traffic" && phase.answersItself;
}
