import type { Clock } from "../clock.ts";
import type { Account } from "./account.ts";
import { type Backlog, TURN } from "./backlog.ts";
import type { Outstanding } from "./outstanding.ts";
import { Retries } from "./retries.ts";
import type { RetrySpec } from "../scenario/scenario.ts";
import type { Ticks } from "./ticks.ts";

/**
 * While queries are sent and no answer comes, answers are looked for ever more rarely: looking costs a full-speed sender a tenth of
 * its time. The first one is then noticed late by a hundredth of the time that queries had waited for one, but by no more than the shorter
 * time. Where there is much to look at, it may be so many times what a look takes, up to the longer one.
 */
const BLIND_SHARE = 0.01;
const SHORTER_BLIND_NS = 1e6;
const BLIND_LOOKS = 100;
const LONGER_BLIND_NS = 10e6;
/** Longest sleep, so that a request to stop is seen soon. */
const NAP_NS = 5e6;

/** How queries leave and answers come back. The loop decides when; the transport never waits by itself. */
export interface Transport {
  /**
   * Attempts `count` queries now, at most TURN, and books each. `intendedNs(i)` is when the i-th of them was meant to go, on the
   * run's clock; `onRefused` is told before the call returns which were refused, and with what errno (a sweep does not tell).
   */
  send(count: number, intendedNs: (i: number) => number, onRefused?: (i: number, errno: string) => void): void;
  /** Takes the answers that have arrived. Returns whether there was one, or anything else for which to look again after the next turn. */
  receive(): boolean;
  /**
   * The same for the first `count` of these queries alone, which are about to be given up; at most 2 * TURN, by their keys. Left out where
   * that is no less work than `receive`.
   */
  receiveFrom?(keys: Int32Array, count: number): boolean;
  /** Sleeps until an answer is there or the time has passed. */
  wait(timeoutNs: number): void;
  /** A query is given up, or let go as the load was stopped; books it. `key` is what the transport entered with it. */
  expired(key: number): void;
  /** Queries among the outstanding that were not sent yet, as they wait for a connection; left out where none ever does. */
  unsent?(): number;
  /** Books what it knows of and did not book yet, and closes the sockets. */
  close(): void;
}

interface Load {
  backlog: Backlog;
  retry: RetrySpec | null;
  outstandingLimit: number;
  startNs: number;
  clock: Clock;
  account: Account;
  outstanding: Outstanding;
  ticks: Ticks;
  transport: Transport;
  stopped: () => boolean;
}

/**
 * The sending loop of a thread: what is due goes out, a turn at a time and as far as the bound on outstanding queries allows;
 * what has arrived is booked; what is too old is given up; then sleep. Refused queries that are to be tried again go before new
 * ones, and count as outstanding while they wait. Afterwards it waits for the last of them and for the last answers.
 *
 * A class, as what V8 has compiled of a method serves the next load too; closures made anew for each would be compiled anew.
 */
export class LoadLoop {
  readonly #backlog: Backlog;
  readonly #outstandingLimit: number;
  readonly #startNs: number;
  readonly #clock: Clock;
  readonly #account: Account;
  readonly #outstanding: Outstanding;
  readonly #ticks: Ticks;
  readonly #transport: Transport;
  readonly #stopped: () => boolean;
  readonly #retries: Retries;
  readonly #expired = (key: number): void => this.#transport.expired(key);
  #nowNs: number;
  #lookedNs = Number.NEGATIVE_INFINITY;
  /** How long the last look took that found nothing, with what the transport does beside. */
  #lookNs = 0;
  /** Since when a query has waited with no answer to any; null: none waits, or one was answered just now. */
  #silentNs: number | null = null;
  #slept = false;
  readonly #expiring = new Int32Array(2 * TURN);

  constructor({ backlog, retry, outstandingLimit, startNs, clock, account, outstanding, ticks, transport, stopped }: Load) {
    this.#backlog = backlog;
    this.#outstandingLimit = outstandingLimit;
    this.#startNs = startNs;
    this.#clock = clock;
    this.#account = account;
    this.#outstanding = outstanding;
    this.#ticks = ticks;
    this.#transport = transport;
    this.#stopped = stopped;
    this.#retries = new Retries({ retry, account, clock });
    this.#nowNs = clock.nowNs();
  }

  /** Returns when every planned query is accounted for, or soon after `stopped` says so: what awaits an answer then stays open, in the last tick. */
  run(): void {
    while (!this.#stopped()) {
      const due = this.#backlog.advance(this.#nowNs - this.#startNs);
      if (this.#backlog.over && this.#outstanding.waiting === 0 && this.#retries.waiting === 0) break;
      this.#turn(due);
    }
    this.#backlog.abandon(this.#nowNs - this.#startNs);
    this.#retries.abandon();
    // What has arrived was answered, even if the rest is let go before its time.
    this.#look(Number.POSITIVE_INFINITY);
    this.#account.stop();
    this.#outstanding.eachWaiting(this.#expired);
    this.#transport.close();
    this.#report(true);
  }

  #turn(due: number): void {
    const again = this.#retries.resend(this.#transport, Math.min(this.#outstanding.room, TURN));
    const count = Math.min(due, this.#room(), TURN);
    if (count > 0) this.#send(count);
    if (this.#isTimeToLook()) this.#look(this.#nowNs);
    this.#expire();
    this.#nowNs = this.#clock.nowNs();
    // Asked here, as what is called each turn is compiled with all that it does.
    if (this.#nowNs >= this.#ticks.nextNs) this.#report(false);
    // A look, or what was given up, may just have made room.
    this.#slept = count <= 0 && again === 0 && Math.min(due, this.#room()) <= 0;
    if (this.#slept) {
      this.#transport.wait(Math.max(0, Math.min(NAP_NS, this.#nextEventNs() - this.#nowNs)));
      this.#nowNs = this.#clock.nowNs();
    }
  }

  #isTimeToLook(): boolean {
    if (this.#outstanding.waiting === 0) this.#silentNs = null;
    else this.#silentNs ??= this.#nowNs;
    if (this.#slept) return true;
    // Before it must sleep for want of room, which its look may make.
    if (this.#room() < TURN) return true;
    const silenceNs = this.#silentNs === null ? Number.POSITIVE_INFINITY : this.#nowNs - this.#silentNs;
    const blindNs = Math.min(this.#longestBlindNs(), silenceNs * BLIND_SHARE);
    // Where each query is looked at before it is given up, that may be soon enough.
    if (this.#transport.receiveFrom !== undefined && this.#outstanding.timeoutNs <= blindNs) return false;
    return this.#nowNs >= this.#lookedNs + blindNs;
  }

  #longestBlindNs(): number {
    return Math.max(SHORTER_BLIND_NS, Math.min(LONGER_BLIND_NS, BLIND_LOOKS * this.#lookNs));
  }

  /** How many more queries may be outstanding. */
  #room(): number {
    return Math.min(this.#outstandingLimit - this.#outstanding.waiting - this.#retries.waiting, this.#outstanding.room);
  }

  /** Gives up what is too old. An answer that came in time is taken before, however late that is. */
  #expire(): void {
    if (this.#transport.receiveFrom === undefined || this.#lookedNs === this.#nowNs) return this.#outstanding.expire(this.#lookedNs, this.#expired);
    for (let count; (count = this.#outstanding.expiring(this.#nowNs, this.#expiring)) > 0; ) {
      if (this.#transport.receiveFrom(this.#expiring, count)) this.#silentNs = null;
      this.#outstanding.expireTold(this.#expired);
    }
  }

  /**
   * One look takes a batch a socket, and after a stall more than that may have come in time: so it looks again until no query
   * that is waiting must be given up by `untilNs`, or none more was answered.
   */
  #look(untilNs: number): void {
    this.#lookedNs = this.#nowNs;
    let before: number;
    do {
      before = this.#outstanding.waiting;
      const beganNs = this.#clock.nowNs();
      if (!this.#transport.receive()) {
        this.#lookNs = this.#clock.nowNs() - beganNs;
        return;
      }
      this.#silentNs = null;
    } while (this.#outstanding.waiting < before && (this.#outstanding.nextExpiryNs() ?? Number.POSITIVE_INFINITY) <= untilNs);
  }

  /**
   * Attempts are spread evenly over the time that the transport takes for them: so lateness costs one reading of the clock a turn,
   * and is wrong by less than the turn's length.
   */
  #send(count: number): void {
    const beganNs = this.#clock.nowNs();
    const intended = this.#backlog.take(count, this.#nowNs - this.#startNs);
    const intendedNs = (i: number): number => this.#startNs + (intended[i] as number);
    this.#transport.send(count, intendedNs, (i, errno) => this.#retries.refused(errno, intendedNs(i)));
    if (!this.#backlog.paced) return;
    const eachNs = (this.#clock.nowNs() - beganNs) / count;
    for (let i = 0; i < count; i++) this.#account.wentLate(beganNs + i * eachNs - intendedNs(i));
  }

  /** When something is to be done even if no answer comes. */
  #nextEventNs(): number {
    const dueNs = this.#startNs + this.#backlog.nextNs();
    // With no room left a due query must wait for an answer or an expiry, so its own time does not count.
    const noRoom = this.#outstanding.room === 0;
    const full = noRoom || this.#outstanding.waiting + this.#retries.waiting >= this.#outstandingLimit;
    return Math.min(
      full ? Number.POSITIVE_INFINITY : dueNs,
      noRoom ? Number.POSITIVE_INFINITY : (this.#retries.nextDueNs ?? Number.POSITIVE_INFINITY),
      this.#outstanding.nextExpiryNs() ?? Number.POSITIVE_INFINITY,
      this.#ticks.nextNs,
    );
  }

  #report(last: boolean): void {
    this.#ticks.report({ nowNs: this.#nowNs, outstanding: this.#outstanding.waiting - (this.#transport.unsent?.() ?? 0), backlog: this.#backlog, last });
  }
}
