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

  connect: Libc["connect"] = () => 0;
  read: Libc["read"] = () => 0;
  pread: Libc["pread"] = () => 0;
  listen: Libc["listen"] = () => 0;
  accept4: Libc["accept4"] = () => -1;
  setns: Libc["setns"] = () => 0;
  getsockname: Libc["getsockname"] = () => 0;
  setsockopt: Libc["setsockopt"] = () => 0;
  send: Libc["send"] = () => 0;
  recv: Libc["recv"] = () => 0;
  recvmmsg: Libc["recvmmsg"] = () => 0;
  epoll_create1: Libc["epoll_create1"] = () => 3;
  epoll_ctl: Libc["epoll_ctl"] = () => 0;
  epoll_wait: Libc["epoll_wait"] = () => 0;
  ppoll: Libc["ppoll"] = () => 0;
  getrusage: Libc["getrusage"] = () => -1;
  clock_gettime: Libc["clock_gettime"] = () => 0;
  clock_getres: Libc["clock_getres"] = () => 0;
  io_uring_setup: Libc["io_uring_setup"] = () => -1;
  io_uring_enter: Libc["io_uring_enter"] = () => -1;
  io_uring_register: Libc["io_uring_register"] = () => -1;
  closeRange: Libc["closeRange"] = () => 0;
  mapShared: Libc["mapShared"] = (_fd, bytes) => new ArrayBuffer(bytes);
}
