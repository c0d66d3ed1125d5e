import { TICK_NS } from "../store/format.ts";
import type { FailureRecord, SenderRecord, TickRecord } from "../store/records.ts";
import type { Account } from "./account.ts";
import type { Backlog } from "./backlog.ts";

/** Turns an account into records, one tick each `TICK_NS` and whatever failures were kept meanwhile. */
export class Ticks {
  readonly #account: Account;
  readonly #where: { phase: number; thread: number };
  readonly #emit: (records: SenderRecord[]) => void;
  #nextNs: number;

  constructor({ account, phase, thread, startNs, emit }: {
    account: Account;
    phase: number;
    thread: number;
    startNs: number;
    emit: (records: SenderRecord[]) => void;
  }) {
    this.#account = account;
    this.#where = { phase, thread };
    this.#emit = emit;
    this.#nextNs = startNs + TICK_NS;
  }

  get nextNs(): number {
    return this.#nextNs;
  }

  /** Emits a tick when it is time, or when the phase is over. */
  report({ nowNs, outstanding, backlog, last = false }: { nowNs: number; outstanding: number; backlog: Backlog; last?: boolean }): void {
    if (nowNs < this.#nextNs && !last) return;
    while (this.#nextNs <= nowNs) this.#nextNs += TICK_NS;
    const tick: TickRecord = { type: "tick", ...this.#where, atNs: nowNs, ...this.#account.takeTick(), ...backlog.takeTick(), outstanding, behind: backlog.behind };
    const failures = this.#account.takeFailures().map((failure): FailureRecord => ({ type: "failure", ...this.#where, ...failure }));
    this.#emit([...failures, tick]);
  }
}
