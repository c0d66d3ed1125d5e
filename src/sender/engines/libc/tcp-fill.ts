import type { Clock } from "../../../clock.ts";
import { Arena } from "../../../libc/arena.ts";
import { errnoName, type Libc } from "../../../libc/library.ts";
import { CallError, Sockets } from "../../../libc/sockets.ts";
import { cidr } from "../../../plan/addresses.ts";
import { flowAt } from "../../../plan/flows.ts";
import type { FilledEvent, FillJob } from "../../protocol.ts";

/** Connections open at once: few enough for any accept queue. */
const WINDOW = 64;
/** How long the kernel may try to connect, or to wait for the other side's end (SO_SNDTIMEO, SO_RCVTIMEO), in seconds. */
const PATIENCE_S = 2;
/** Connections that may fail one after another before the fill is given up. */
const MOST_FAILURES = 16;

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;

/**
 * Opens and closes one TCP connection per flow, from a tuple of its own: each leaves an entry in TIME_WAIT, which is
 * ASSURED and stays for `nf_conntrack_tcp_timeout_time_wait` (120 s). The server closes first; waiting for that is what
 * keeps us from overrunning it.
 */
export class TcpFill {
  readonly #libc: Libc;
  readonly #clock: Clock;
  readonly #job: FillJob;
  readonly #stopped: () => boolean;
  readonly #sockets: Sockets;
  readonly #byte: number;
  readonly #failed: Record<string, number> = {};
  #opened = 0;
  #closed = 0;
  #failures = 0;

  constructor({ libc, clock, job, stopped }: { libc: Libc; clock: Clock; job: FillJob; stopped: () => boolean }) {
    this.#libc = libc;
    this.#clock = clock;
    this.#job = job;
    this.#stopped = stopped;
    const arena = new Arena(libc, 4096);
    this.#sockets = new Sockets(libc, arena);
    this.#byte = arena.take(16).address;
  }

  run(): FilledEvent {
    const { flows, phase } = this.#job;
    for (let first = 0; first < flows && !this.#stopped(); first += WINDOW) {
      const fds: number[] = [];
      for (let flow = first; flow < Math.min(first + WINDOW, flows); flow++) {
        const fd = this.#open(flow);
        if (fd >= 0) fds.push(fd);
      }
      for (const fd of fds) this.#close(fd);
    }
    return {
      type: "filled",
      atNs: this.#clock.nowNs(),
      phase,
      flows: this.#opened,
      replied: this.#opened,
      confirmed: this.#closed,
      repaired: 0,
      failed: this.#failed,
    };
  }

  #open(flow: number): number {
    const { target } = this.#job;
    const fd = this.#sockets.must("socket", this.#sockets.openTcp({ blocking: true }));
    this.#sockets.setTimeout(fd, SOL_SOCKET, SO_SNDTIMEO, PATIENCE_S);
    this.#sockets.setTimeout(fd, SOL_SOCKET, SO_RCVTIMEO, PATIENCE_S);
    this.#sockets.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    const ready = this.#sockets.bind(fd, flowAt(this.#job, flow)) >= 0;
    if (ready && this.#sockets.connect(fd, { address: cidr(target.address).base, port: target.port }) >= 0) {
      this.#opened++;
      this.#failures = 0;
      return fd;
    }
    const errno = errnoName(this.#libc.errno());
    this.#failed[errno] = (this.#failed[errno] ?? 0) + 1;
    this.#sockets.close(fd);
    if (++this.#failures >= MOST_FAILURES) throw new CallError(`fill: connect to ${target.address}:${target.port}`, errno);
    return -1;
  }

  /** Waits for the server's FIN and answers it with ours. */
  #close(fd: number): void {
    if (this.#libc.recv(fd, this.#byte, 1, 0) === 0) this.#closed++;
    this.#sockets.close(fd);
  }
}
