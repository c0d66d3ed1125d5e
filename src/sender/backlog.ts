import type { TickRecord } from "../store/records.ts";
import type { Schedule } from "./schedule.ts";

/** Most queries that are taken at once. */
export const TURN = 64;

/**
 * A thread's schedule as it is carried out: which queries are due, which were taken to be sent, and which were dropped because
 * they are too far behind. In the end planned = taken + dropped. Times are since the start of the load.
 */
export class Backlog {
  readonly #schedule: Schedule;
  readonly #intendedNs = new Float64Array(TURN);
  /** Index of the next query, and of the first that is not due yet. */
  #next = 0;
  #due = 0;
  #dropped = 0;
  #ended = false;
  /** What was told before. */
  #told = { due: 0, dropped: 0 };

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** Whether queries have a time at which they are meant to go. */
  get paced(): boolean {
    return this.#schedule.pacer !== null;
  }

  /** Whether no query is left to be sent, now or later. */
  get over(): boolean {
    return this.#next >= this.#schedule.limit || (this.#ended && this.#next >= this.#due);
  }

  /** Queries that are due and were not taken yet; 0 where there is no schedule to be behind of. */
  get behind(): number {
    return this.#schedule.pacer === null ? 0 : this.#due - this.#next;
  }

  /**
   * Looks at the schedule: returns how many queries may be sent now. What is more than the catch-up behind is dropped, so that a
   * pause of this thread, or of those who should answer, is not made up for by a flood.
   */
  advance(elapsedNs: number): number {
    const { pacer, limit, endNs, catchUpNs } = this.#schedule;
    this.#ended = elapsedNs >= endNs;
    if (pacer === null) {
      this.#due = this.#ended ? this.#next : limit;
    } else {
      // A query due at the very end of the duration is outside it.
      this.#due = Math.min(limit, pacer.dueBy(Math.min(elapsedNs, endNs - 1)));
      while (this.#next < this.#due && pacer.intendedNs(this.#next) < elapsedNs - catchUpNs) this.#drop();
    }
    return this.#due - this.#next;
  }

  /**
   * Takes up to TURN queries that are due. The array, which is overwritten by the next call, tells when each was meant to go:
   * now, where there is no schedule.
   */
  take(count: number, elapsedNs: number): Float64Array {
    const { pacer } = this.#schedule;
    for (let i = 0; i < count; i++) this.#intendedNs[i] = pacer === null ? elapsedNs : pacer.intendedNs(this.#next + i);
    this.#next += count;
    return this.#intendedNs;
  }

  /** When the next query is due; Infinity if there is none, or no schedule. */
  nextNs(): number {
    const { pacer, endNs } = this.#schedule;
    return pacer === null || this.over ? Number.POSITIVE_INFINITY : Math.min(endNs, pacer.intendedNs(this.#next));
  }

  /** Drops all that is due by now: the load was stopped. */
  abandon(elapsedNs: number): void {
    this.advance(elapsedNs);
    if (this.#schedule.pacer !== null) while (this.#next < this.#due) this.#drop();
  }

  /** What has come due and what was dropped since the last call; nothing where there is no schedule. */
  takeTick(): Pick<TickRecord, "planned" | "dropped"> {
    if (this.#schedule.pacer === null) return {};
    const planned = this.#due - this.#told.due;
    const dropped = this.#dropped - this.#told.dropped;
    this.#told = { due: this.#due, dropped: this.#dropped };
    return { planned, dropped };
  }

  #drop(): void {
    this.#next++;
    this.#dropped++;
  }
}
