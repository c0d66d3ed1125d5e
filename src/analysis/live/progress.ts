/** What is going on, a few times a second. Rates are per second over the last second; null is what is not known. */
export interface Progress extends SenderRates {
  /** Since the run's origin. */
  atMs: number;
  /** Index of the phase and how many there are. */
  phase: number;
  phases: number;
  /** `lab` before the first phase, `end` after the last. */
  kind: string;
  /** Since the phase began. */
  elapsedMs: number;
  /** Null where the phase's length is not known before. */
  plannedMs: number | null;
  left: TimeLeft;
  /** The table that fills: the router's where there is one. */
  count: number | null;
  max: number | null;
  /** Entries more a second; negative where they become fewer. */
  growthPps: number | null;
  /** What this table's kernel counted. */
  dropPps: number | null;
  earlyDropPps: number | null;
  /** Of the run so far. */
  attempted: number;
  eperm: number;
  /** Sender threads of the phase; null where it has none. */
  threads: number | null;
  /** The kernel log's last line that says that a table of the lab is full. */
  kernelLine: { text: string; atMs: number } | null;
  /** Whether the kernel log can be read: "readable", or why not. Null as long as nobody has looked. */
  kernelLog: string | null;
}

/** What the sender threads did in the last second. */
export interface SenderRates {
  /** Queries that came due; null where a load has no rate. */
  plannedPps: number | null;
  attemptedPps: number;
  epermPps: number;
  /** Sends that were refused with another errno. */
  otherErrorsPps: number;
  answeredPps: number;
  unansweredPps: number;
  /** Latency of the answers, within 6 %; null without any. */
  p50Ms: number | null;
  p99Ms: number | null;
  /** Queries awaiting an answer, and queries that are due and were not sent yet, all threads together. */
  outstanding: number;
  behind: number;
}

export interface TimeLeft {
  /** Of the phase; null where nothing tells. */
  phaseMs: number | null;
  /** Of the run. */
  runMs: number | null;
  /** Whether these are estimates from the speed so far. */
  estimated: boolean;
}
