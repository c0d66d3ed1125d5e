import type { Clock } from "../clock.ts";
import type { Account } from "./account.ts";
import { type Backlog, TURN } from "./backlog.ts";
import type { Outstanding } from "./outstanding.ts";
import { Retries } from "./retries.ts";
import type { RetrySpec } from "../scenario/scenario.ts";
import type { Ticks } from "./ticks.ts";

/**
 * While queries are sent and no answer comes, answers are looked for ever more rarely, up to this: looking costs a full-speed
 * sender a tenth of its time. The first one is then noticed late by a hundredth of the time that queries had waited for one.
 */
const LONGEST_BLIND_NS = 1e6;
const BLIND_SHARE = 0.01;
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
  /** Sleeps until an answer is there or the time has passed. */
  wait(timeoutNs: number): void;
  /** A query is given up, or let go as the load was stopped; books it. `key` is what the transport entered with it. */
  expired(key: number): void;
  /** Queries among the outstanding that were not sent yet, as they wait for a connection; left out where none ever does. */
  unsent?(): number;
  /** Books what it knows of and did not book yet, and closes the sockets. */
  close(): void;
}

/**
 * The sending loop of a thread: what is due goes out, a turn at a time and as far as the bound on outstanding queries allows;
 * what has arrived is booked; what is too old is given up; then sleep. Refused queries that are to be tried again go before new
 * ones, and count as outstanding while they wait. Afterwards it waits for the last of them and for the last answers. Returns
 * when every planned query is accounted for, or soon after `stopped` says so: what awaits an answer then stays open, in the last tick.
 */
export function runLoad({ backlog, retry, outstandingLimit, startNs, clock, account, outstanding, ticks, transport, stopped }: {
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
}): void {
  const expired = (key: number): void => transport.expired(key);
  const retries = new Retries({ retry, account, clock });
  let nowNs = clock.nowNs();
  let lookedNs = Number.NEGATIVE_INFINITY;
  /** Since when a query has waited with no answer to any; null: none waits, or one was answered just now. */
  let silentNs: number | null = null;
  let slept = false;

  while (!stopped()) {
    const due = backlog.advance(nowNs - startNs);
    if (backlog.over && outstanding.waiting === 0 && retries.waiting === 0) break;

    const again = retries.resend(transport, Math.min(outstanding.room, TURN));
    const room = Math.min(outstandingLimit - outstanding.waiting - retries.waiting, outstanding.room);
    const count = Math.min(due, room, TURN);
    if (count > 0) sendTurn(count);
    if (isTimeToLook()) look(nowNs);
    // An answer that came in time is taken before its query can be given up, however late that is.
    outstanding.expire(lookedNs, expired);
    nowNs = clock.nowNs();
    report(false);
    slept = count <= 0 && again === 0;
    if (slept) {
      transport.wait(Math.max(0, Math.min(NAP_NS, nextEventNs() - nowNs)));
      nowNs = clock.nowNs();
    }
  }
  backlog.abandon(nowNs - startNs);
  retries.abandon();
  // What has arrived was answered, even if the rest is let go before its time.
  look(Number.POSITIVE_INFINITY);
  account.stop();
  outstanding.eachWaiting(expired);
  transport.close();
  report(true);

  function isTimeToLook(): boolean {
    if (outstanding.waiting === 0) silentNs = null;
    else silentNs ??= nowNs;
    if (slept) return true;
    const silenceNs = silentNs === null ? Number.POSITIVE_INFINITY : nowNs - silentNs;
    return nowNs >= lookedNs + Math.min(LONGEST_BLIND_NS, silenceNs * BLIND_SHARE);
  }

  /**
   * One look takes a batch a socket, and after a stall more than that may have come in time: so it looks again until no query
   * that is waiting must be given up by `untilNs`, or none more was answered.
   */
  function look(untilNs: number): void {
    lookedNs = nowNs;
    let before: number;
    do {
      before = outstanding.waiting;
      if (!transport.receive()) return;
      silentNs = null;
    } while (outstanding.waiting < before && (outstanding.nextExpiryNs() ?? Number.POSITIVE_INFINITY) <= untilNs);
  }

  /**
   * Attempts are spread evenly over the time that the transport takes for them: so lateness costs one reading of the clock a turn,
   * and is wrong by less than the turn's length.
   */
  function sendTurn(count: number): void {
    const beganNs = clock.nowNs();
    const intended = backlog.take(count, nowNs - startNs);
    const intendedNs = (i: number): number => startNs + (intended[i] as number);
    transport.send(count, intendedNs, (i, errno) => retries.refused(errno, intendedNs(i)));
    if (!backlog.paced) return;
    const eachNs = (clock.nowNs() - beganNs) / count;
    for (let i = 0; i < count; i++) account.wentLate(beganNs + i * eachNs - intendedNs(i));
  }

  /** When something is to be done even if no answer comes. */
  function nextEventNs(): number {
    const dueNs = startNs + backlog.nextNs();
    // With no room left a due query must wait for an answer or an expiry, so its own time does not count.
    const noRoom = outstanding.room === 0;
    const full = noRoom || outstanding.waiting + retries.waiting >= outstandingLimit;
    return Math.min(
      full ? Number.POSITIVE_INFINITY : dueNs,
      noRoom ? Number.POSITIVE_INFINITY : (retries.nextDueNs ?? Number.POSITIVE_INFINITY),
      outstanding.nextExpiryNs() ?? Number.POSITIVE_INFINITY,
      ticks.nextNs,
    );
  }

  function report(last: boolean): void {
    ticks.report({ nowNs, outstanding: outstanding.waiting - (transport.unsent?.() ?? 0), backlog, last });
  }
}
