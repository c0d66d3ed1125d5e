import type { Libc } from "../../src/libc/library.ts";

/** Where the fake's memory pretends to be: beyond 2^32, as real addresses are. */
export const BASE = 0x7f12_3456_7000;
const APART = 2 ** 32;

/** A C library without a kernel: memory that JavaScript made, and calls that all succeed. */
export class FakeLibc implements Libc {
  /** One after another, as if they were far apart. */
  readonly #memory: { address: number; view: ArrayBuffer }[] = [];
  #lastFd = 10;
  lastErrno = 0;
  /** Sockets by their bound port, and those that were closed. */
  readonly ports = new Map<number, number>();
  readonly closed: number[] = [];

  allocate(bytes: number): { address: number; view: ArrayBuffer } {
    const memory = { address: BASE + this.#memory.length * APART, view: new ArrayBuffer(bytes) };
    this.#memory.push(memory);
    return memory;
  }

  /** What an address points to. */
  at(address: number): DataView {
    const { address: from, view } = this.#memory[Math.floor((address - BASE) / APART)] ?? { address, view: new ArrayBuffer(0) };
    return new DataView(view, address - from);
  }

  pointer(address: number): number {
    return Number(this.at(address).getBigUint64(0, true));
  }

  socket(): number {
    return ++this.#lastFd;
  }

  bind(fd: number, address: number): number {
    this.ports.set(fd, this.at(address).getUint16(2));
    return 0;
  }

  close(fd: number): number {
    this.closed.push(fd);
    return 0;
  }

  errno(): number {
    return this.lastErrno;
  }

  sendmmsg(_fd: number, _messages: number, count: number): number {
    return count;
  }

  connect = (): number => 0;
  listen = (): number => 0;
  accept4 = (): number => -1;
  setns = (): number => 0;
  getsockname = (): number => 0;
  setsockopt = (): number => 0;
  send = (): number => 0;
  recv = (): number => 0;
  recvmmsg = (): number => 0;
  epoll_create1 = (): number => 3;
  epoll_ctl = (): number => 0;
  epoll_wait = (): number => 0;
  ppoll = (): number => 0;
  getrusage = (): number => -1;
}
