import { z } from "zod";
import { CAUSES } from "../scenario/scenario.ts";
import { SCHEMA_VERSION } from "./format.ts";

// Every record a run stores (those of events.ndjson are in event-records.ts); nothing else may be stored. Times (`atNs`) are
// nanoseconds since the run's origin on CLOCK_MONOTONIC; counters are what happened since the record before, unless said otherwise.

/** A name -> how often. */
export const counts = z.record(z.string(), z.number().int().nonnegative());
const atNs = z.number();

/** senders.ndjson: one thread's work in one tick. attempted = sent + the sum of `failed`. */
export const tickRecord = z.object({
  type: z.literal("tick"),
  phase: z.number().int(),
  thread: z.number().int(),
  atNs,
  attempted: z.number().int(),
  sent: z.number().int(),
  /** errno name -> sends it refused. */
  failed: counts,
  /** rcode name -> answers within the timeout; `NOERROR+TC` when the resolver truncated it, `NOERROR+CUT` when it was longer than our buffer. */
  answered: counts,
  /**
   * How long these answers took since their queries were meant to go: lowest microseconds of a bucket -> answers. The buckets are
   * HdrHistogram's for 1 significant digit, so that ticks can be added up. Absent in old runs; latency.hlog has 3 digits for a whole phase.
   */
  latenciesUs: counts.optional(),
  /** Given up: no answer within the timeout and the grace after it. */
  unanswered: z.number().int(),
  /** Answers after the timeout. */
  late: z.number().int(),
  /** Datagrams that close no query; `strays` has them by kind (StrayKind in sender/account.ts), and is absent in old runs. */
  stray: z.number().int(),
  strays: counts.optional(),
  /** errno name -> ICMP errors that the sockets were told of (ECONNREFUSED: port unreachable); absent in old runs. */
  icmp: counts.optional(),
  /**
   * Of a load that tries refused queries again; absent where that is 0. `attempted` counts every attempt, so attempted -
   * retries = queries; recovered + gaveUp = queries that were refused and tried again, or would have been.
   */
  retries: z.number().int().nonnegative().optional(),
  recovered: z.number().int().nonnegative().optional(),
  gaveUp: z.number().int().nonnegative().optional(),
  /** Queries awaiting an answer when the tick ended; in the last tick of a load that was stopped, those that stay open. */
  outstanding: z.number().int(),
  /** Queries due by the schedule and neither attempted nor dropped when the tick ended; 0 where there is no schedule. */
  behind: z.number().int(),
  /** Queries that came due, and queries given up because they were too far behind; absent where there is no schedule, and in old runs. */
  planned: z.number().int().nonnegative().optional(),
  dropped: z.number().int().nonnegative().optional(),
});

/** senders.ndjson: one of the first failed sends of a thread, kept whole. */
const failureRecord = z.object({
  type: z.literal("failure"),
  phase: z.number().int(),
  thread: z.number().int(),
  atNs,
  errno: z.string(),
  /** The system call that refused: connect, send, sendmmsg. */
  call: z.string(),
  source: z.string(),
  destination: z.string(),
  /** As a Go program would log it. */
  words: z.string(),
});
export const senderRecord = z.discriminatedUnion("type", [tickRecord, failureRecord]);

/**
 * kernel.ndjson: one sample. `stat` and `net` hold only the columns that changed, as totals since the first sample; `net` is looked
 * at each second, and where a phase ends or a load has drained, `max` each 200 ms.
 */
export const sampleRecord = z.object({
  type: z.literal("sample"),
  atNs,
  /** nf_conntrack_count and nf_conntrack_max; null where the file is missing. */
  count: z.number().int().nullable(),
  max: z.number().int().nullable(),
  stat: counts.optional(),
  net: counts.optional(),
});

/** kernel.ndjson: what this kernel offers; a column that is not listed is unknown, never 0. */
const columnsRecord = z.object({
  type: z.literal("columns"),
  atNs,
  /** Columns of /proc/net/stat/nf_conntrack, or null where the file is missing. */
  stat: z.array(z.string()).nullable(),
  /** `Ip.OutDiscards`, `Udp.SndbufErrors` and the like, as found in /proc/net/snmp. */
  net: z.array(z.string()).nullable(),
  /** Whether /dev/kmsg can be read, and if not why. */
  kernelLog: z.string(),
});

/** kernel.ndjson: a line of the kernel log about the table. A lower bound: the kernel limits them to 10 in 5 s. */
const kernelLogRecord = z.object({
  type: z.literal("kernel-log"),
  atNs,
  kind: z.enum(["table-full", "suppressed"]),
  /** `suppressed`: how many lines the kernel did not print. */
  suppressed: z.number().int().nullable(),
  line: z.string(),
});
export const kernelRecord = z.discriminatedUnion("type", [sampleRecord, columnsRecord, kernelLogRecord]);

/** run.json: written first with state `running`, then replaced by rename when the run ends. */
export const runRecord = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  id: z.string(),
  /**
   * `running` in a stored run means that it was killed: its facts are still good as far as they go. `interrupted` is a
   * person's wish, `stopped` that of a threshold.
   */
  state: z.enum(["running", "finished", "interrupted", "stopped", "failed"]),
  failure: z.string().nullable(),
  /** The wall clock at the origin of `atNs`, ISO 8601, and that origin on CLOCK_MONOTONIC, decimal. */
  startedAt: z.string(),
  originNs: z.string(),
  endedAtNs: z.number().nullable(),
  scenarioFile: z.string().nullable(),
  scenarioText: z.string(),
  expect: z.enum(CAUSES).nullable(),
  /** The plan as it was carried out. */
  plan: z.unknown(),
  /** Of a record of `tablefull watch`: nothing was sent, there is no plan, and its one phase is of kind `watch`. Absent in a run. */
  watched: z
    .object({
      /** Whose network namespace, in words. */
      namespace: z.string(),
      everyMs: z.number(),
    })
    .optional(),
  environment: z.object({
    tablefull: z.string(),
    node: z.string(),
    kernel: z.string(),
    distribution: z.string().nullable(),
    cpu: z.string(),
    cpus: z.number().int(),
    memoryBytes: z.number().int(),
    privilege: z.enum(["root", "user-namespace", "none"]),
    /** Every nf_conntrack sysctl by name, in the client's namespace. */
    sysctlsBefore: z.record(z.string(), z.string()),
    sysctlsAfter: z.record(z.string(), z.string()).nullable(),
    /** `nft list ruleset` in the client's namespace while the run went on; null where it could not be read. */
    ruleset: z.string().nullable(),
    versions: z.record(z.string(), z.string()),
  }),
});

export type TickRecord = z.infer<typeof tickRecord>;
export type FailureRecord = z.infer<typeof failureRecord>;
export type SenderRecord = z.infer<typeof senderRecord>;
/** A tick as it is read back. Its buckets are in a Map: V8 takes as long over an object with such names as over the rest of a tick. */
export type StoredTick = Omit<TickRecord, "latenciesUs"> & { latenciesUs?: ReadonlyMap<number, number> | undefined };
export type StoredSenderRecord = StoredTick | FailureRecord;
export type SampleRecord = z.infer<typeof sampleRecord>;
export type ColumnsRecord = z.infer<typeof columnsRecord>;
export type KernelLogRecord = z.infer<typeof kernelLogRecord>;
export type KernelRecord = z.infer<typeof kernelRecord>;
export type RunRecord = z.infer<typeof runRecord>;

/** A tick as reading it back would give it. */
export function storedTick({ latenciesUs, ...tick }: TickRecord): StoredTick {
  return { ...tick, latenciesUs: latenciesUs && new Map(Object.entries(latenciesUs).map(([bucket, answers]) => [Number(bucket), answers])) };
}
