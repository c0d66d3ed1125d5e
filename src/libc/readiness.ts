import type { Arena, Piece } from "./arena.ts";
import type { Libc } from "./library.ts";

const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const EPOLLOUT = 4;
const EPOLLET = 2 ** 31;
const POLLIN = 1;
const EPOLL_CLOEXEC = 0o2000000;
const MAX_EVENTS = 256;
// struct epoll_event is packed on x86-64 (sys/epoll.h), and aligned elsewhere.
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA = process.arch === "x64" ? 4 : 8;

export const READINESS_BYTES = MAX_EVENTS * EVENT_BYTES + 128;

/** Which of many sockets have something to read: epoll, waited for through ppoll, whose timeout is in nanoseconds. */
export class Readiness {
  readonly #libc: Libc;
  readonly #arena: Arena;
  readonly #epoll: number;
  readonly #events: Piece;
  readonly #added: Piece;
  readonly #pollfd: Piece;
  readonly #timeout: Piece;

  constructor(libc: Libc, arena: Arena) {
    this.#libc = libc;
    this.#arena = arena;
    this.#events = arena.take(MAX_EVENTS * EVENT_BYTES);
    this.#added = arena.take(16);
    this.#pollfd = arena.take(8);
    this.#timeout = arena.take(16);
    this.#epoll = libc.epoll_create1(EPOLL_CLOEXEC);
    arena.view.setInt32(this.#pollfd.offset, this.#epoll, true);
    arena.view.setInt16(this.#pollfd.offset + 4, POLLIN, true);
  }

  /** Watches a socket; `key` (unsigned 32 bit) comes back from `ready`. Closing the socket ends the watch. */
  add(fd: number, key: number): number {
    return this.#watch(fd, key, EPOLLIN);
  }

  /** Watches a connection both ways: told once when it is made or fails, when more has arrived, and when there is room again to write. */
  addStream(fd: number, key: number): number {
    return this.#watch(fd, key, EPOLLIN + EPOLLOUT + EPOLLET);
  }

  #watch(fd: number, key: number, events: number): number {
    const { view } = this.#arena;
    view.setUint32(this.#added.offset, events, true);
    view.setUint32(this.#added.offset + EVENT_DATA, key, true);
    view.setUint32(this.#added.offset + EVENT_DATA + 4, 0, true);
    return this.#libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, this.#added.address);
  }

  /** Blocks until a watched socket is readable or `timeoutNs` have passed. */
  wait(timeoutNs: number): void {
    const { view } = this.#arena;
    view.setUint32(this.#timeout.offset, Math.floor(timeoutNs / 1e9), true);
    view.setUint32(this.#timeout.offset + 8, Math.max(0, Math.floor(timeoutNs % 1e9)), true);
    this.#libc.ppoll(this.#pollfd.address, 1, this.#timeout.address, 0);
  }

  /** How many watched sockets have something to tell now, up to 256; their keys are then read with `key`. */
  ready(): number {
    return Math.max(0, this.#libc.epoll_wait(this.#epoll, this.#events.address, MAX_EVENTS, 0));
  }

  key(i: number): number {
    return this.#arena.view.getUint32(this.#events.offset + i * EVENT_BYTES + EVENT_DATA, true);
  }

  close(): void {
    this.#libc.close(this.#epoll);
  }
}
