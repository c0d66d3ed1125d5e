import type { Clock } from "../../src/clock.ts";
import { Account } from "../../src/sender/account.ts";
import { Backlog } from "../../src/sender/backlog.ts";
import { LoadLoop, type Transport } from "../../src/sender/load-loop.ts";
import { Outstanding } from "../../src/sender/outstanding.ts";
import type { Schedule } from "../../src/sender/schedule.ts";
import type { RetrySpec } from "../../src/scenario/scenario.ts";
import { Ticks } from "../../src/sender/ticks.ts";
import type { FailureRecord, SenderRecord, TickRecord } from "../../src/store/records.ts";

/** A system call takes some time: without it a wait of 0 ns would never end. */
const CALL_NS = 1_000;
/** No test needs so many turns: a loop that does is one that would not end. */
const MOST_TURNS = 200_000;

/** One attempt as the transport saw it. */
interface Attempt {
  intendedNs: number;
  sentNs: number;
  /** What refused it; null: it went. */
  errno: string | null;
}

interface Script {
  schedule: Schedule;
  retry?: RetrySpec;
  outstandingLimit?: number;
  timeoutNs?: number;
  startNs?: number;
  /** Places of the ring. */
  places?: number;
  /** How long one attempt takes. */
  sendNs?: number;
  /** For how long the machine sleeps before attempt `index` is over. */
  stalls?: (index: number) => number;
  /** When the answer to attempt `index` comes, after it was sent; null: never. */
  answerAfterNs?: (index: number) => number | null;
  /** The errno that refuses attempt `index`; null: it goes. */
  refusal?: (index: number) => string | null;
  /** Answers that one look takes; left out: all that are there. */
  batch?: number;
  /** How long a look takes; left out: no time. */
  lookNs?: number;
  /** Whether it can look at queries that are about to be given up, alone. */
  looksAtSome?: boolean;
  stopped?: (world: FakeTransport) => boolean;
}

/** A network of a few lines: answers come when the script says, and time passes only while it sends or waits. */
class FakeTransport implements Transport, Clock {
  readonly attempts: Attempt[] = [];
  readonly sizes: number[] = [];
  readonly expiredKeys: number[] = [];
  mostWaiting = 0;
  looks = 0;
  /** Queries that were looked at alone. */
  readonly lookedAt: number[] = [];
  readonly receiveFrom?: (keys: Int32Array, count: number) => boolean;
  closed = 0;
  readonly account: Account;
  readonly outstanding: Outstanding;
  readonly #script: Script;
  #arrivals: { atNs: number; sequence: number; key: number }[] = [];
  #nowNs: number;

  constructor(script: Script, nowNs: number) {
    this.#script = script;
    this.#nowNs = nowNs;
    this.account = new Account({ paced: script.schedule.pacer !== null });
    this.outstanding = new Outstanding({ places: script.places ?? 1 << 16, timeoutNs: script.timeoutNs ?? 100e6 });
    if (script.looksAtSome) {
      this.receiveFrom = (keys, count) => {
        const asked = new Set(keys.subarray(0, count));
        this.lookedAt.push(...asked);
        return this.#take(({ key }) => asked.has(key));
      };
    }
  }

  nowNs(): number {
    return this.#nowNs;
  }

  send(count: number, intendedNs: (i: number) => number, onRefused: (i: number, errno: string) => void): void {
    if (count > this.outstanding.room) throw new Error("sent over a waiting query");
    this.sizes.push(count);
    for (let i = 0; i < count; i++) {
      const index = this.attempts.length;
      const sentNs = this.#nowNs;
      const errno = this.#script.refusal?.(index) ?? null;
      this.attempts.push({ intendedNs: intendedNs(i), sentNs, errno });
      this.#nowNs += (this.#script.sendNs ?? CALL_NS) + (this.#script.stalls?.(index) ?? 0);
      if (errno !== null) {
        if (this.account.refused(errno)) this.account.keep({ atNs: sentNs, errno, call: "send", source: "", destination: "", words: "" });
        this.outstanding.skip();
        onRefused(i, errno);
        continue;
      }
      const answerNs = this.#script.answerAfterNs?.(index) ?? null;
      if (answerNs !== null) this.#arrivals.push({ atNs: sentNs + answerNs, sequence: this.outstanding.nextSequence, key: index });
      this.outstanding.open({ sentNs, intendedNs: intendedNs(i), key: index });
      this.account.sent();
      this.mostWaiting = Math.max(this.mostWaiting, this.outstanding.waiting);
    }
  }

  receive(): boolean {
    if (++this.looks > MOST_TURNS) throw new Error("the loop does not end");
    this.#nowNs += this.#script.lookNs ?? 0;
    return this.#take(() => true);
  }

  #take(at: (arrival: { key: number }) => boolean): boolean {
    const here = this.#arrivals.filter((arrival) => arrival.atNs <= this.#nowNs && at(arrival)).slice(0, this.#script.batch ?? Number.POSITIVE_INFINITY);
    const taken = new Set(here);
    this.#arrivals = this.#arrivals.filter((arrival) => !taken.has(arrival));
    for (const { sequence } of here) {
      const match = this.outstanding.match(sequence);
      if (match === "answered") this.account.answered("NOERROR", this.#nowNs - this.outstanding.intendedNs(sequence), this.#nowNs - this.outstanding.sentNs(sequence));
      else if (match === "late") this.account.late();
      else this.account.stray(match);
    }
    return here.length > 0;
  }

  wait(timeoutNs: number): void {
    const untilNs = Math.min(this.#nowNs + timeoutNs, ...this.#arrivals.map(({ atNs }) => atNs));
    this.#nowNs = Math.max(this.#nowNs + CALL_NS, untilNs);
  }

  expired(key: number): void {
    this.account.unanswered();
    this.expiredKeys.push(key);
  }

  close(): void {
    this.closed++;
  }
}

/** Runs a load in the fake world and returns what was seen. */
export function playLoad(script: Script): { world: FakeTransport; ticks: TickRecord[]; failures: FailureRecord[]; endNs: number } {
  const { schedule, retry = null, outstandingLimit = 1 << 16, startNs = 0 } = script;
  const world = new FakeTransport(script, startNs);
  const { account, outstanding } = world;
  const records: SenderRecord[] = [];
  const ticks = new Ticks({ account, phase: 3, thread: 1, startNs, emit: (some) => records.push(...some) });
  const stopped = (): boolean => script.stopped?.(world) ?? false;
  new LoadLoop({ backlog: new Backlog(schedule), retry, outstandingLimit, startNs, clock: world, account, outstanding, ticks, transport: world, stopped }).run();
  return {
    world,
    ticks: records.filter((record) => record.type === "tick"),
    failures: records.filter((record) => record.type === "failure"),
    endNs: world.nowNs(),
  };
}

/** What was planned in all ticks together, and what became of it; NaN where there was no plan. */
export function planOf(ticks: readonly TickRecord[]): { planned: number; attempted: number; dropped: number } {
  const sum = (pick: (tick: TickRecord) => number | undefined): number => ticks.reduce((total, tick) => total + (pick(tick) ?? Number.NaN), 0);
  return { planned: sum(({ planned }) => planned), attempted: sum(({ attempted }) => attempted), dropped: sum(({ dropped }) => dropped) };
}

/** The sum of all ticks. */
export function totalsOf(ticks: readonly TickRecord[]): { attempted: number; sent: number; failed: number; answered: number; unanswered: number; late: number; stray: number } {
  const sum = (pick: (tick: TickRecord) => number): number => ticks.reduce((total, tick) => total + pick(tick), 0);
  const all = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);
  return {
    attempted: sum((tick) => tick.attempted),
    sent: sum((tick) => tick.sent),
    failed: sum((tick) => all(tick.failed)),
    answered: sum((tick) => all(tick.answered)),
    unanswered: sum((tick) => tick.unanswered),
    late: sum((tick) => tick.late),
    stray: sum((tick) => tick.stray),
  };
}

/** What became of the queries whose refusals are tried again. */
export function retriesOf(ticks: readonly TickRecord[]): { retries: number; recovered: number; gaveUp: number } {
  const sum = (pick: (tick: TickRecord) => number | undefined): number => ticks.reduce((total, tick) => total + (pick(tick) ?? 0), 0);
  return { retries: sum((tick) => tick.retries), recovered: sum((tick) => tick.recovered), gaveUp: sum((tick) => tick.gaveUp) };
}
