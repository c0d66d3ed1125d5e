import type { FailureRecord, TickRecord } from "../store/records.ts";
import type { LoadHistograms } from "./protocol.ts";
import { Recorder } from "./recorder.ts";

/** First failures kept whole, per thread and phase; the rest is counted. */
const FAILURES_KEPT = 5;

export type Failure = Omit<FailureRecord, "type" | "phase" | "thread">;
type Counts = Omit<TickRecord, "type" | "phase" | "thread" | "atNs" | "outstanding" | "behind" | "planned" | "dropped" | "strays" | "icmp"> & { strays: Record<string, number>; icmp: Record<string, number> };

/**
 * Datagrams that close no query:
 *  not-dns         no response: too short, or itself a query
 *  wrong-source    from another address or port than the resolver's; a connected socket never shows them, the kernel discards them
 *  wrong-question  without a question, or with another than ours
 *  wrong-id        our question, and an id that does not belong to it
 *  duplicate       a further answer to a query that has one
 *  unasked         to a query that was never sent, or so long ago that it is forgotten
 */
export type StrayKind = "not-dns" | "wrong-source" | "wrong-question" | "wrong-id" | "duplicate" | "unasked";

/**
 * The books of one thread in one phase. Every attempt is either sent or refused with an errno; every sent
 * query ends as answered, unanswered or late, or is still open when the load is stopped. `takeTick` gives what happened since the last call.
 */
export class Account {
  attempted = 0;
  #counts: Counts = emptyCounts();
  readonly #latency = new Recorder();
  /** The same since the last tick, in coarser steps. */
  readonly #latencyNow = new Recorder({ digits: 1 });
  readonly #uncorrected: Recorder | null;
  readonly #lateness: Recorder | null;
  readonly #failures: Failure[] = [];
  #failuresKept = 0;
  #stopped = false;

  /** `paced`: queries have a time at which they are meant to go, so that they can go late. */
  constructor({ paced }: { paced: boolean }) {
    this.#uncorrected = paced ? new Recorder() : null;
    this.#lateness = paced ? new Recorder() : null;
  }

  sent(queries = 1): void {
    this.attempted += queries;
    this.#counts.attempted += queries;
    this.#counts.sent += queries;
  }

  /** A send the kernel refused. Returns whether it is one of the first few: those are then described with `keep`. */
  refused(errno: string): boolean {
    this.attempted++;
    this.#counts.attempted++;
    this.#counts.failed[errno] = (this.#counts.failed[errno] ?? 0) + 1;
    return this.#failuresKept < FAILURES_KEPT;
  }

  /** Keeps a failure whole. */
  keep(failure: Failure): void {
    this.#failuresKept++;
    this.#failures.push(failure);
  }

  /** An answer in time: how long it took since its query was meant to go, and since it went. */
  answered(outcome: string, sinceIntendedNs: number, sinceSentNs: number): void {
    this.#counts.answered[outcome] = (this.#counts.answered[outcome] ?? 0) + 1;
    this.#latency.record(sinceIntendedNs);
    this.#latencyNow.record(sinceIntendedNs);
    this.#uncorrected?.record(sinceSentNs);
  }

  /** By how much an attempt came later than it was meant to. */
  wentLate(lateNs: number): void {
    this.#lateness?.record(lateNs);
  }

  /** No answer within the timeout; of a load that was stopped nobody waited for that, and nothing is booked. */
  unanswered(): void {
    if (!this.#stopped) this.#counts.unanswered++;
  }

  /** The load is stopped: what awaits an answer stays open. */
  stop(): void {
    this.#stopped = true;
  }

  /** Whether the load was stopped before its time. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** An answer to a query that was already counted as unanswered. */
  late(): void {
    this.#counts.unanswered--;
    this.#counts.late++;
  }

  stray(kind: StrayKind): void {
    this.#counts.stray++;
    this.#counts.strays[kind] = (this.#counts.strays[kind] ?? 0) + 1;
  }

  /** What ICMP said of a query: no refusal, and no end of it either, as its answer may still come. */
  icmpError(errno: string): void {
    this.#counts.icmp[errno] = (this.#counts.icmp[errno] ?? 0) + 1;
  }

  /** The attempt that follows is one of a query that was refused before. */
  retried(): void {
    this.#counts.retries = (this.#counts.retries ?? 0) + 1;
  }

  /** A query that was refused before was sent. */
  recovered(): void {
    this.#counts.recovered = (this.#counts.recovered ?? 0) + 1;
  }

  /** A query was refused and will not be tried again, though such refusals are. */
  gaveUp(): void {
    this.#counts.gaveUp = (this.#counts.gaveUp ?? 0) + 1;
  }

  takeTick(): Counts {
    const counts = this.#counts;
    this.#counts = emptyCounts();
    return { ...counts, latenciesUs: this.#latencyNow.take() };
  }

  takeFailures(): Failure[] {
    return this.#failures.splice(0);
  }

  /** What the phase's queries took. */
  histograms(): LoadHistograms {
    return { latency: this.#latency.encoded(), uncorrected: this.#uncorrected?.encoded() ?? null, lateness: this.#lateness?.encoded() ?? null };
  }
}

function emptyCounts(): Counts {
  return { attempted: 0, sent: 0, failed: {}, answered: {}, unanswered: 0, late: 0, stray: 0, strays: {}, icmp: {} };
}

/** A failed send worded as Go's net package does, which is what people paste into a search box. */
export function failureWords({ call, protocol, source, destination, errno }: {
  call: string;
  protocol: "udp" | "tcp";
  source: string;
  destination: string;
  errno: string;
}): string {
  const verb = call === "connect" ? "dial" : "write";
  // A dialer's own timeout names no system call: the kernel goes on trying for two minutes.
  const words = call === "connect" && errno === "ETIMEDOUT" ? "i/o timeout" : `${call === "connect" ? "connect" : "write"}: ${ERRNO_WORDS[errno] ?? errno}`;
  return `${verb} ${protocol} ${source}->${destination}: ${words}`;
}

/** The kernel's words (strerror) for the errors a send is known to meet. */
const ERRNO_WORDS: Record<string, string> = {
  EPERM: "operation not permitted",
  EAGAIN: "resource temporarily unavailable",
  ENOBUFS: "no buffer space available",
  ENOMEM: "cannot allocate memory",
  EADDRNOTAVAIL: "cannot assign requested address",
  EADDRINUSE: "address already in use",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EPIPE: "broken pipe",
  ETIMEDOUT: "connection timed out",
  ENETUNREACH: "network is unreachable",
  EHOSTUNREACH: "no route to host",
  EMFILE: "too many open files",
  EACCES: "permission denied",
  EINVAL: "invalid argument",
  EMSGSIZE: "message too long",
};
