import { type Clock, NS_PER_MS } from "../clock.ts";
import type { RetrySpec } from "../scenario/scenario.ts";
import type { Account } from "./account.ts";
import type { Transport } from "./load-loop.ts";

interface RefusedQuery {
  intendedNs: number;
  dueNs: number;
  /** Attempts so far. */
  tried: number;
}

/** How long to wait before a query is tried again whose attempt number `tried` (from 1) was refused with this errno; null when it is given up. */
export function waitBeforeRetry(retry: RetrySpec | null, errno: string, tried: number): number | null {
  return retry !== null && retry.on === errno && tried <= retry.times ? retry.waitMs : null;
}

/**
 * The refused queries of one thread that wait to be tried again, oldest first: all wait equally long. A query that was refused
 * with the errno in question ends as recovered or given up, whatever its later attempts meet.
 */
export class Retries {
  readonly #retry: RetrySpec | null;
  readonly #account: Account;
  readonly #clock: Clock;
  #queue: RefusedQuery[] = [];
  #next = 0;

  constructor({ retry, account, clock }: { retry: RetrySpec | null; account: Account; clock: Clock }) {
    this.#retry = retry;
    this.#account = account;
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#queue.length - this.#next;
  }

  /** When the next query is due again; null when none waits. */
  get nextDueNs(): number | null {
    return this.#queue[this.#next]?.dueNs ?? null;
  }

  /** Takes in a query whose first attempt was refused, unless such a refusal is final. */
  refused(errno: string, intendedNs: number): void {
    if (errno === this.#retry?.on) this.#enter(errno, { intendedNs, tried: 1 });
  }

  /** Tries again what is due, at most `most` queries. Returns how many it was. */
  resend(transport: Transport, most: number): number {
    const nowNs = this.#clock.nowNs();
    let count = 0;
    for (; count < most && (this.nextDueNs ?? Number.POSITIVE_INFINITY) <= nowNs; count++) {
      const query = this.#queue[this.#next++] as RefusedQuery;
      let refusedWith: string | null = null;
      this.#account.retried();
      transport.send(1, () => query.intendedNs, (_, errno) => (refusedWith = errno));
      if (refusedWith === null) this.#account.recovered();
      else this.#enter(refusedWith, { intendedNs: query.intendedNs, tried: query.tried + 1 });
    }
    // What was taken makes room when it is half of the list, so that each query is moved once on average.
    if (2 * this.#next > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
    return count;
  }

  /** Gives up whatever waits. */
  abandon(): void {
    for (; this.#next < this.#queue.length; this.#next++) this.#account.gaveUp();
  }

  #enter(errno: string, { intendedNs, tried }: Omit<RefusedQuery, "dueNs">): void {
    const waitMs = waitBeforeRetry(this.#retry, errno, tried);
    if (waitMs === null) this.#account.gaveUp();
    else this.#queue.push({ intendedNs, tried, dueNs: this.#clock.nowNs() + waitMs * NS_PER_MS });
  }
}
