import type { CpuTime } from "../kernel/cpu-time.ts";
import type { AddressRange, Endpoint, Engine, PlannedGroup, PlannedInsertion, PlannedLoad, PlannedTraffic } from "../plan/plan.ts";
import type { EventRecord } from "../store/event-records.ts";
import type { SenderRecord } from "../store/records.ts";

/** What a sender thread joins its crew with. */
export interface SenderData {
  thread: number;
  /** Origin of the run's clock, a reading of `process.hrtime.bigint()`. */
  originNs: bigint;
  /** One Int32: not 0 means stop now. Shared, as a thread that sends does not read its messages. */
  stop: SharedArrayBuffer;
}

/** This thread's share of a load phase. Rates and schedules stay those of the whole load: see pacing.ts. */
export interface LoadJob extends Omit<PlannedLoad, "query" | "queries" | "outstanding" | "sockets" | "sources"> {
  phase: number;
  thread: number;
  target: Endpoint;
  sources: AddressRange | null;
  /** What each query is made from: wire/query-template.ts. */
  template: Uint8Array;
  /** Shares of this thread; so are a sweep's `ports`. */
  queries: number | null;
  outstanding: number;
  sockets: number;
}

/** This thread's share of a fill with traffic; `threads` take part. */
export interface FillJob extends Omit<PlannedTraffic, "entries" | "answersItself"> {
  phase: number;
  target: Endpoint;
  template: Uint8Array;
  /** What the fill's own answers are made from; null: it asks the resolver for them. */
  answer: Uint8Array | null;
  flows: number;
}

/** The whole of a fill by insertion: one thread carries it out. */
export interface InsertionJob extends Omit<PlannedInsertion, "entries" | "threads" | "groups"> {
  phase: number;
  groups: (PlannedGroup & { entries: number })[];
  /** The namespace whose table it is, as a file that setns takes; null: the thread's own. */
  namespace: string | null;
}

export type SenderJob = LoadJob | FillJob | InsertionJob;

/**
 * Main to sender. `join` comes before any other, but that `leave` may come instead, and ends the thread. `load-engine` loads what sends, ahead of the first job that needs it; `prepare` opens what a job needs; `go` begins the
 * job of that phase at `startNs` of the run's clock.
 */
export type ToSender = { type: "join"; crew: SenderData } | { type: "leave" } | SenderOrder;

export type SenderOrder = { type: "load-engine"; engine: Engine } | { type: "prepare"; job: SenderJob } | { type: "go"; phase: number; startNs: number };

/** What the queries of one thread took: HdrHistograms of microseconds, V2 compressed, base64. */
export interface LoadHistograms {
  /** Answers, from the time their queries were meant to go. */
  latency: string;
  /** The same answers, from the time their queries went; null where queries have no time they are meant for. */
  uncorrected: string | null;
  /** Attempts: by how much they came later than meant. Null likewise. */
  lateness: string | null;
}

export type FilledEvent = Extract<EventRecord, { type: "filled" }>;

/** Sender to main. */
export type FromSender =
  | { type: "engine-loaded" }
  | { type: "ready" }
  | { type: "records"; records: SenderRecord[] }
  | { type: "filled"; event: FilledEvent }
  /** `histograms`: null after a fill. `cpu`: what this thread spent on the job; null where unknown. */
  | { type: "done"; startNs: number; endNs: number; histograms: LoadHistograms | null; cpu: CpuTime | null }
  /** The job cannot be done on this machine; `message` is for the user. */
  | { type: "refused"; message: string };
