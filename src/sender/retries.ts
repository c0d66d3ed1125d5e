import { type Clock, NS_PER_MS } from "../clock.ts";
import type { RetrySpec } from "../scenario/scenario.ts";
import type { Account } from "./account.ts";
import { Fifo } from "./fifo.ts";
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
  readonly #queue = new Fifo<RefusedQuery>();

  constructor({ retry, account, clock }: { retry: RetrySpec | null; account: Account; clock: Clock }) {
    this.#retry = retry;
    this.#account = account;
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** When the next query is due again; null when none waits. */
  get nextDueNs(): number | null {
    return this.#queue.peek()?.dueNs ?? null;
  }

  /** Takes in a query whose first attempt was refused, unless such a refusal is final. */
  refused(errno: string, intendedNs: number): void {
    if (errno === this.#retry?.on) this.#enter(errno, { intendedNs, tried: 1 });
  }

  /** Tries again what is due, at most `most` queries. Returns how many it was. */
  resend(transport: Transport, most: number): number {
    if (this.waiting === 0) return 0;
    const nowNs = this.#clock.nowNs();
    let count = 0;
    for (; count < most && (this.nextDueNs ?? Number.POSITIVE_INFINITY) <= nowNs; count++) {
      const query = this.#queue.shift() as RefusedQuery;
      let refusedWith: string | null = null;
      this.#account.retried();
      transport.send(1, () => query.intendedNs, (_, errno) => (refusedWith = errno));
      if (refusedWith === null) this.#account.recovered();
      else this.#enter(refusedWith, { intendedNs: query.intendedNs, tried: query.tried + 1 });
    }
    return count;
  }

  /** Gives up whatever waits. */
  abandon(): void {
    while (this.#queue.shift() !== undefined) this.#account.gaveUp();
  }

  #enter(errno: string, { intendedNs, tried }: Omit<RefusedQuery, "dueNs">): void {
    const waitMs = waitBeforeRetry(this.#retry, errno, tried);
    if (waitMs === null) this.#account.gaveUp();
    else this.#queue.push({ intendedNs, tried, dueNs: this.#clock.nowNs() + waitMs * NS_PER_MS });
  }
}
