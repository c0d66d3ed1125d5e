import { connect } from "node:net";
import type { Clock } from "../../../clock.ts";
import { errnoOf } from "../../../errors.ts";
import { CallError } from "../../../libc/sockets.ts";
import { numberToAddress } from "../../../plan/addresses.ts";
import { flowAt } from "../../../plan/flows.ts";
import type { FilledEvent, FillJob } from "../../protocol.ts";

/** Connections open at once: few enough for any accept queue. */
const LANES = 64;
/** How long a connection may take to open, and to be closed by the other side. */
const PATIENCE_MS = 2000;
/** Connections that may fail one after another before the fill is given up. */
const MOST_FAILURES = 16;

/** The fill of `libc/tcp-fill.ts` over Node's own sockets: one connection per flow, which the server closes first. */
export class NodeTcpFill {
  readonly #clock: Clock;
  readonly #job: FillJob;
  readonly #stopped: () => boolean;
  readonly #failed: Record<string, number> = {};
  #next = 0;
  #opened = 0;
  #closed = 0;
  #failures = 0;

  constructor({ clock, job, stopped }: { clock: Clock; job: FillJob; stopped: () => boolean }) {
    this.#clock = clock;
    this.#job = job;
    this.#stopped = stopped;
  }

  /** Throws a CallError when one connection after another fails. */
  async run(): Promise<FilledEvent> {
    await Promise.all(Array.from({ length: LANES }, () => this.#work()));
    return {
      type: "filled",
      atNs: this.#clock.nowNs(),
      phase: this.#job.phase,
      flows: this.#opened,
      replied: this.#opened,
      confirmed: this.#closed,
      repaired: 0,
      failed: this.#failed,
    };
  }

  async #work(): Promise<void> {
    while (this.#next < this.#job.flows && !this.#stopped()) await this.#connect(this.#next++);
  }

  async #connect(flow: number): Promise<void> {
    const { target } = this.#job;
    const from = flowAt(this.#job, flow);
    const socket = connect({ host: target.address, port: target.port, localAddress: numberToAddress(from.address), localPort: from.port });
    let opened = false;
    let errno: string | null = null;
    // Reading is what shows the server's end; Node then ends our side too.
    socket.resume();
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on("connect", () => (opened = true));
    socket.on("end", () => this.#closed++);
    socket.on("error", (error) => (errno = errnoOf(error) ?? "unknown"));
    await new Promise<void>((resolve) => socket.on("close", () => resolve()));
    if (opened) {
      this.#opened++;
      this.#failures = 0;
      return;
    }
    errno ??= "ETIMEDOUT";
    this.#failed[errno] = (this.#failed[errno] ?? 0) + 1;
    if (++this.#failures >= MOST_FAILURES) throw new CallError(`fill: connect to ${target.address}:${target.port}`, errno);
  }
}
