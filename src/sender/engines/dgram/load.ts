import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { NS_PER_MS } from "../../../clock.ts";
import { Account } from "../../account.ts";
import { Backlog, TURN } from "../../backlog.ts";
import { Outstanding } from "../../outstanding.ts";
import type { LoadJob } from "../../protocol.ts";
import { waitBeforeRetry } from "../../retries.ts";
import type { Runner, SenderContext } from "../../runner.ts";
import { scheduleOf } from "../../schedule.ts";
import { Ticks } from "../../ticks.ts";
import { Departures } from "./departures.ts";
import { type DgramContext, type Exchanges, perQuery, pool } from "./exchanges.ts";

/** How often the event loop gets its turn so that exchanges which have begun can send, and closed sockets tell of what they had not sent. */
const LAST_TURNS = 1000;

/** Opens what a load over Node's own sockets needs on this thread. */
export async function prepareDgramLoad(job: LoadJob, { thread, clock, stopped, emit }: SenderContext): Promise<Runner> {
  const account = new Account({ paced: job.ratePps !== null });
  const timeoutNs = job.timeoutMs * NS_PER_MS;
  const outstanding = new Outstanding({ places: Math.max(1 << 18, 2 * job.outstanding), timeoutNs });
  const departures = new Departures(account);
  const context: DgramContext = { clock, account, outstanding, departures, retryOn: job.retry?.on ?? null, template: job.template, target: job.target };
  const exchanges = await openExchanges(job, context);

  return async (startNs) => {
    const backlog = new Backlog(scheduleOf(job));
    const ticks = new Ticks({ account, phase: job.phase, thread, startNs, emit });
    const limiter = pLimit(job.outstanding);
    const active = (): number => limiter.activeCount + limiter.pendingCount;
    const onExpired = (sequence: number): void => {
      departures.givenUp(sequence);
      exchanges.expired(sequence);
    };
    let begun = 0;
    let retried = 0;
    let resting = 0;
    let over = false;

    /** One query with all its attempts. It never rejects. */
    const carryOut = async (intendedNs: number): Promise<void> => {
      for (let tried = 1; ; tried++) {
        const errno = await exchanges.exchange({ intendedNs, again: tried > 1 });
        if (errno === null) return;
        const waitMs = over ? null : waitBeforeRetry(job.retry, errno, tried);
        if (waitMs === null) {
          if (tried > 1 || errno === job.retry?.on) account.gaveUp();
          return;
        }
        resting++;
        do await sleep(waitMs);
        while (outstanding.room === 0 && !over);
        if (over) return;
        resting--;
        account.retried();
        retried++;
      }
    };

    while (!stopped()) {
      const nowNs = clock.nowNs();
      const due = backlog.advance(nowNs - startNs);
      if (backlog.over && active() === 0) break;

      const count = Math.max(0, Math.min(due, job.outstanding - active(), outstanding.room, TURN));
      const intendedNs = backlog.take(count, nowNs - startNs);
      for (let i = 0; i < count; i++) {
        const meantNs = startNs + (intendedNs[i] as number);
        void limiter(() => carryOut(meantNs));
      }
      begun += count;
      outstanding.expire(nowNs, onExpired);
      report(nowNs, false);
      await (count > 0 ? nextTurn() : sleep(1));
    }
    over = true;
    for (; resting > 0; resting--) account.gaveUp();
    // Of a load that was stopped: what has begun is sent or refused, and is booked as such.
    for (let turn = 0; turn < LAST_TURNS && account.attempted < begun + retried; turn++) await nextTurn();
    backlog.abandon(clock.nowNs() - startNs);
    outstanding.eachWaiting((sequence) => {
      departures.letGo(sequence);
      exchanges.expired(sequence);
    });
    exchanges.close();
    for (let turn = 0; turn < LAST_TURNS && (active() > 0 || departures.untold > 0); turn++) await nextTurn();
    report(clock.nowNs(), true);
    return account.histograms();

    function report(nowNs: number, last: boolean): void {
      ticks.report({ nowNs, outstanding: outstanding.waiting - departures.waiting, backlog, last });
    }
  };
}

function openExchanges(job: LoadJob, context: DgramContext): Promise<Exchanges> | Exchanges {
  switch (job.strategy) {
    case "per-query":
      return perQuery(context, job.sources);
    case "pool":
      return pool(context, job.sockets);
    case "sweep":
    case "tcp-per-query":
    case "tcp-persistent":
      throw new Error(`${job.strategy} is planned for the libc engine only`);
  }
}
