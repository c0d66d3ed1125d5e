import type { FailureRecord, StoredTick } from "../store/records.ts";
import { NumberList } from "./number-list.ts";

/** The ticks of all threads of a phase, in the order they were stored: parallel lists. */
interface TickSeries {
  /** End of the tick. */
  atNs: Float64Array;
  attempted: Float64Array;
  sent: Float64Array;
  eperm: Float64Array;
}

/** One thread's books of one phase: the sums of its ticks, and what its last tick left open. */
export interface Ledger {
  thread: number;
  /** Queries that came due, and those of them that were dropped; null where there is no schedule, and in runs of before. */
  planned: number | null;
  dropped: number;
  attempted: number;
  retries: number;
  sent: number;
  /** The sum over errnos. */
  failed: number;
  /** The sum over rcodes. */
  answered: number;
  unanswered: number;
  late: number;
  /** Queries awaiting an answer at the last tick. */
  outstanding: number;
}

/** What one phase of a run did, folded from its ticks. */
export interface PhaseTotals {
  phase: number;
  kind: string;
  startNs: number;
  /** Null when the run ended before the phase did. */
  endNs: number | null;
  /** Queries that came due, and those of them that were too far behind and dropped; null where there is no schedule, and in runs of before. */
  planned: number | null;
  dropped: number;
  attempted: number;
  sent: number;
  failed: Record<string, number>;
  /** rcode -> answers within the timeout. */
  answers: Record<string, number>;
  answered: number;
  unanswered: number;
  late: number;
  stray: number;
  /** Strays by kind; those of old runs are `untold`. */
  strays: Record<string, number>;
  /** errno -> ICMP errors that the sockets were told of; null where the run did not keep them. */
  icmp: Record<string, number> | null;
  /** Attempts after a query's first, and how queries ended whose refusals are tried again. */
  retries: number;
  recovered: number;
  gaveUp: number;
  /** Queries awaiting an answer at the last tick of every thread. */
  outstanding: number;
  /** The most queries that were due and not attempted, each thread at its worst; and the most that awaited an answer. */
  peakBehind: number;
  peakOutstanding: number;
  lastAttemptNs: number | null;
  firstFailure: FailureRecord | null;
  firstEperm: FailureRecord | null;
  /** End of the first tick that counts an EPERM: later than the EPERM by up to a tick. */
  firstEpermTickNs: number | null;
  ticks: TickSeries;
  /** The books of each thread, in the order in which the threads first reported. */
  ledgers: Ledger[];
}

/** What is kept of one thread: its ledger, and its worst moments. */
interface Book {
  ledger: Ledger;
  peaks: { behind: number; outstanding: number };
}

/** Folds ticks and failures of one phase. */
export class PhaseFold {
  readonly totals: PhaseTotals;
  readonly #books = new Map<number, Book>();
  readonly #ticks = { atNs: new NumberList(), attempted: new NumberList(), sent: new NumberList(), eperm: new NumberList() };
  #ticked = 0;

  constructor(phase: number, kind: string) {
    this.totals = {
      phase,
      kind,
      startNs: Number.POSITIVE_INFINITY,
      endNs: null,
      planned: null,
      dropped: 0,
      attempted: 0,
      sent: 0,
      failed: {},
      answers: {},
      answered: 0,
      unanswered: 0,
      late: 0,
      stray: 0,
      strays: {},
      icmp: null,
      retries: 0,
      recovered: 0,
      gaveUp: 0,
      outstanding: 0,
      peakBehind: 0,
      peakOutstanding: 0,
      lastAttemptNs: null,
      firstFailure: null,
      firstEperm: null,
      firstEpermTickNs: null,
      ticks: this.#ticksUntilNow(),
      ledgers: [],
    };
  }

  addTick(tick: Omit<StoredTick, "latenciesUs">): void {
    const totals = this.totals;
    totals.planned = plus(totals.planned, tick.planned);
    totals.dropped += tick.dropped ?? 0;
    totals.attempted += tick.attempted;
    totals.sent += tick.sent;
    totals.unanswered += tick.unanswered;
    totals.late += tick.late;
    totals.stray += tick.stray;
    if (tick.strays === undefined && tick.stray > 0) totals.strays["untold"] = (totals.strays["untold"] ?? 0) + tick.stray;
    if (tick.strays !== undefined) addCounts(totals.strays, tick.strays);
    if (tick.icmp !== undefined) addCounts((totals.icmp ??= {}), tick.icmp);
    totals.retries += tick.retries ?? 0;
    totals.recovered += tick.recovered ?? 0;
    totals.gaveUp += tick.gaveUp ?? 0;
    const failed = addCounts(totals.failed, tick.failed);
    const answered = addCounts(totals.answers, tick.answered);
    totals.answered += answered;
    if (tick.attempted > 0) totals.lastAttemptNs = Math.max(totals.lastAttemptNs ?? tick.atNs, tick.atNs);
    const eperm = tick.failed["EPERM"] ?? 0;
    const index = this.#ticked;
    this.#ticked += 1;
    this.#ticks.atNs.set(index, tick.atNs);
    this.#ticks.attempted.set(index, tick.attempted);
    this.#ticks.sent.set(index, tick.sent);
    this.#ticks.eperm.set(index, eperm);
    if (eperm > 0) {
      totals.firstEpermTickNs = Math.min(totals.firstEpermTickNs ?? tick.atNs, tick.atNs);
    }
    const { ledger, peaks } = this.#bookOf(tick.thread);
    peaks.behind = Math.max(peaks.behind, tick.behind);
    peaks.outstanding = Math.max(peaks.outstanding, tick.outstanding);
    ledger.planned = plus(ledger.planned, tick.planned);
    ledger.dropped += tick.dropped ?? 0;
    ledger.attempted += tick.attempted;
    ledger.retries += tick.retries ?? 0;
    ledger.sent += tick.sent;
    ledger.failed += failed;
    ledger.answered += answered;
    ledger.unanswered += tick.unanswered;
    ledger.late += tick.late;
    ledger.outstanding = tick.outstanding;
  }

  #ticksUntilNow(): TickSeries {
    const { atNs, attempted, sent, eperm } = this.#ticks;
    const length = this.#ticked;
    return { atNs: atNs.first(length), attempted: attempted.first(length), sent: sent.first(length), eperm: eperm.first(length) };
  }

  #bookOf(thread: number): Book {
    let book = this.#books.get(thread);
    if (book === undefined) {
      const ledger = { thread, planned: null, dropped: 0, attempted: 0, retries: 0, sent: 0, failed: 0, answered: 0, unanswered: 0, late: 0, outstanding: 0 };
      book = { ledger, peaks: { behind: 0, outstanding: 0 } };
      this.#books.set(thread, book);
    }
    return book;
  }

  addFailure(failure: FailureRecord): void {
    const { totals } = this;
    totals.firstFailure = earlier(totals.firstFailure, failure);
    if (failure.errno === "EPERM") totals.firstEperm = earlier(totals.firstEperm, failure);
  }

  /** A phase that was never marked as begun begins with the first of the run's facts. */
  finish(): PhaseTotals {
    const { totals } = this;
    if (totals.startNs === Number.POSITIVE_INFINITY) totals.startNs = 0;
    totals.ticks = this.#ticksUntilNow();
    totals.ledgers = Array.from(this.#books.values(), ({ ledger }) => ledger);
    totals.outstanding = totals.ledgers.reduce((sum, { outstanding }) => sum + outstanding, 0);
    totals.peakBehind = 0;
    totals.peakOutstanding = 0;
    for (const { peaks } of this.#books.values()) {
      totals.peakBehind += peaks.behind;
      totals.peakOutstanding += peaks.outstanding;
    }
    return totals;
  }
}

/** Adds counts to sums of the same names, and gives how much that was together. */
export function addCounts(sums: Record<string, number>, counts: Readonly<Record<string, number>>): number {
  let together = 0;
  for (const name in counts) {
    const count = counts[name] ?? 0;
    sums[name] = (sums[name] ?? 0) + count;
    together += count;
  }
  return together;
}

/** When a phase ended, or when the facts end. */
export function endOf(phase: PhaseTotals, runEndNs: number): number {
  return phase.endNs ?? Math.max(phase.startNs, runEndNs);
}

function plus(sum: number | null, count: number | undefined): number | null {
  return count === undefined ? sum : (sum ?? 0) + count;
}

function earlier(one: FailureRecord | null, other: FailureRecord): FailureRecord {
  return one === null || other.atNs < one.atNs ? other : one;
}
