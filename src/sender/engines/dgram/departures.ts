import type { Account } from "../../account.ts";

interface Departure {
  /** It was refused before. */
  again: boolean;
  /** Its timeout has passed. */
  givenUp: boolean;
  /** The load was stopped before that. */
  letGo: boolean;
}

/**
 * Queries that were handed to Node and of which it has not told yet whether they left: it queues what the socket has no
 * room for. Only what left counts as sent, and only what was sent can be given up: a query that is refused after
 * its timeout was never unanswered.
 */
export class Departures {
  readonly #account: Account;
  /** By sequence number. */
  readonly #untold = new Map<number, Departure>();
  #givenUp = 0;

  constructor(account: Account) {
    this.#account = account;
  }

  /** How many queries may still turn out to be refused. */
  get untold(): number {
    return this.#untold.size;
  }

  /** Those among them whose timeout has not passed. */
  get waiting(): number {
    return this.#untold.size - this.#givenUp;
  }

  handOver(sequence: number, { again }: { again: boolean }): void {
    this.#untold.set(sequence, { again, givenUp: false, letGo: false });
  }

  /** Whether a query may still leave in time. */
  isWaiting(sequence: number): boolean {
    const departure = this.#untold.get(sequence);
    return departure !== undefined && !departure.givenUp && !departure.letGo;
  }

  /** The query left: Node says so, or its answer does. Of a query that is not known, or told of before, nothing is booked. */
  left(sequence: number): void {
    const departure = this.#forget(sequence);
    if (departure === undefined) return;
    this.#account.sent();
    if (departure.again) this.#account.recovered();
    if (departure.givenUp) this.#account.unanswered();
  }

  /** The query never left; it is the caller's to book as refused. Returns whether it had been given up, or let go. */
  refused(sequence: number): { over: boolean } {
    const departure = this.#forget(sequence);
    return { over: departure !== undefined && (departure.givenUp || departure.letGo) };
  }

  /** The load was stopped before the timeout: if the query left, it stays open. */
  letGo(sequence: number): void {
    const departure = this.#untold.get(sequence);
    if (departure !== undefined) departure.letGo = true;
  }

  /** The timeout passed. */
  givenUp(sequence: number): void {
    const departure = this.#untold.get(sequence);
    if (departure === undefined) return this.#account.unanswered();
    departure.givenUp = true;
    this.#givenUp++;
  }

  #forget(sequence: number): Departure | undefined {
    const departure = this.#untold.get(sequence);
    this.#untold.delete(sequence);
    if (departure?.givenUp === true) this.#givenUp--;
    return departure;
  }
}
