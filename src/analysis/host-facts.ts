import type { PortRange } from "../kernel/sysctl.ts";
import type { TrackingRules } from "../kernel/tracking-rules.ts";

/** What `tablefull doctor` reads of this machine, in the network namespace it runs in. Unknown is null, never 0. */
export interface HostFacts {
  kernel: string;
  distribution: string | null;
  /** `docker`, `kvm` and the like, as systemd-detect-virt says; null where there is none, or that is unknown. */
  virtualization: string | null;
  /** Whether this is the network namespace of the first process; null where only root may know. */
  initialNamespace: boolean | null;
  max: number | null;
  buckets: number | null;
  entries: number | null;
  /** Whether a packet on loopback left an entry: the proof that tracking is on here. */
  tracks: boolean | null;
  /** Null where the rules may not be listed. */
  rules: TrackingRules | null;
  /** By the sysctl's own name, without `nf_conntrack_`, in seconds. */
  timeoutsS: Record<string, number>;
  /** Counters since boot, and how much they rose while we looked; null where the kernel does not count. */
  counters: { drop: Counter | null; earlyDrop: Counter | null; insertFailed: Counter | null; chainTooLong: Counter | null };
  watchedMs: number;
  composition: { protocol: string; state: string; assured: boolean; entries: number }[] | null;
  /** Why the composition is unknown. */
  compositionMissing: string | null;
  ephemeralPorts: PortRange;
  openFilesHard: number;
  /** "table full" lines that the kernel log still holds: about this namespace, about any as they name none, about others; null where it may not be read. */
  kernelLog: { own: LoggedLines; unnamed: LoggedLines; others: LoggedLines } | null;
  /** Null: a lab can be made here; otherwise why not, and the way out. */
  labRefusal: string | null;
  /** Whether host-wide values may be set. */
  privileged: boolean;
  /** Whether the C library can be called. */
  libc: boolean;
  /** Commands that tablefull calls, and their package; null for one that is there. */
  missingCommands: { command: string; packageName: string; neededFor: string }[];
}

export interface LoggedLines {
  lines: number;
  /** How long ago the last of them came; null where there is none. */
  lastAgoS: number | null;
}

export interface Counter {
  sinceBoot: number;
  rose: number;
}
