import { MSG_DONTWAIT, type Sockets } from "./sockets.ts";
import type { Libc } from "./library.ts";

/**
 * Calls on many UDP sockets, made together: each is queued and gets a place, `run` carries out all that are queued, `result` then tells
 * how each ended. At most `CALLS` may be queued, and the memory that they point to must stay as it is until they have run.
 */
export interface SocketCalls {
  /** A new socket: its descriptor. */
  open(): number;
  /** Makes a socket report its errors (`Sockets.reportErrors`), and connects it: 0. `address` points to a struct sockaddr_in. */
  connect(fd: number, address: number): number;
  /**
   * These sockets will be sent from again and again until the calls end, and are closed only then: that may make it cheaper. For calls that
   * keep none yet.
   */
  keep(fds: readonly number[]): void;
  /** Sends from a connected socket: how many bytes went. Sends of one run go in the order in which they were queued. */
  send(fd: number, packet: number, length: number): number;
  /** Sends a message (struct msghdr): 0 or more where it went. */
  sendMessage(fd: number, message: number): number;
  /** Closes a socket, at the next `run` at the latest, which may be before what is queued; nobody is told how that ended. */
  close(fd: number): void;
  run(): void;
  /** What the call at a place of the last run gave; below 0 it is an errno. */
  result(place: number): number;
  /** Frees what the calls themselves need. */
  end(): void;
}

/** Room for a turn of 64 queries with four calls each: as many as `per-query` makes, so that in each turn they have the same places of a ring. */
export const CALLS = 256;

/** One system call after another, each when it is queued: what every kernel can do. */
export class SingleCalls implements SocketCalls {
  readonly #libc: Libc;
  readonly #sockets: Sockets;
  readonly #results = new Int32Array(CALLS);
  #queued = 0;

  constructor(libc: Libc, sockets: Sockets) {
    this.#libc = libc;
    this.#sockets = sockets;
  }

  open(): number {
    return this.#keep(this.#sockets.open());
  }

  connect(fd: number, address: number): number {
    this.#sockets.reportErrors(fd);
    return this.#keep(this.#sockets.connectTo(fd, address));
  }

  keep(): void {}

  send(fd: number, packet: number, length: number): number {
    return this.#keep(this.#libc.send(fd, packet, length, MSG_DONTWAIT));
  }

  sendMessage(fd: number, message: number): number {
    return this.#keep(this.#libc.sendmmsg(fd, message, 1, MSG_DONTWAIT));
  }

  close(fd: number): void {
    this.#sockets.close(fd);
  }

  run(): void {
    this.#queued = 0;
  }

  result(place: number): number {
    return this.#results[place] as number;
  }

  end(): void {}

  /** Errno is read at once: whatever calls the library next changes it. */
  #keep(result: number): number {
    const place = this.#queued++;
    this.#results[place] = result < 0 ? -this.#libc.errno() : result;
    return place;
  }
}
