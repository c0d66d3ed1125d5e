import { constants } from "node:os";
import type { Arena, Piece } from "./arena.ts";
import { errnoName, type Libc } from "./library.ts";
import { CALLS, type SocketCalls } from "./socket-calls.ts";
import { AF_INET, CallError, IP_RECVERR, IPPROTO_IP, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCKADDR_BYTES } from "./sockets.ts";

// include/uapi/linux/io_uring.h, of Linux 6.7 and later.
const SETUP_SINGLE_ISSUER = 1 << 12;
const SETUP_DEFER_TASKRUN = 1 << 13;
const ENTER_GETEVENTS = 1;
const OFFSET_OF_CALLS = 0x1000_0000;
const OP_SENDMSG = 9;
const OP_CONNECT = 16;
const OP_SEND = 26;
const OP_SOCKET = 45;
const OP_URING_CMD = 46;
const COMMAND_SETSOCKOPT = 3;
const REGISTER_FILES = 2;
const UNREGISTER_FILES = 3;
/** Beside a call's code: its descriptor is a number of the ring's own files. */
const OWN_FILE = 1 << 8;

// struct io_uring_params: 40 bytes, then where the fields of the two rings are.
const PARAMS_BYTES = 120;
const PARAMS_FLAGS = 8;
const QUEUE = { tail: 44, array: 64 };
const COMPLETED = { entries: 4, head: 80, tail: 84, first: 100 };
// struct io_uring_sqe and io_uring_cqe, in words of 32 bit.
const CALL_WORDS = 16;
const COMPLETION_WORDS = 4;
const WORD = 4;

/** Set to act as where the kernel does not let us: for tests of what then stands in. */
const SWITCH = "TABLEFULL_NO_IO_URING";

export const RING_BYTES = PARAMS_BYTES + 64;

/** So many at most are put off: their sockets are open, and a turn of queries must find room beside them. */
const MOST_CLOSINGS = 64;

/**
 * Calls that enter the kernel together (io_uring): what a batch does there is the same, and it enters once instead of once a call, which is
 * most of what a small packet costs. It waits until all of them are done; none of them blocks.
 */
export class Ring implements SocketCalls {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #reports: Piece;
  readonly #calls: Int32Array;
  readonly #tail: Int32Array;
  readonly #completedHead: Int32Array;
  readonly #completedTail: Int32Array;
  readonly #completions: Int32Array;
  readonly #completionMask: number;
  readonly #results = new Int32Array(CALLS);
  readonly #closings = new Int32Array(MOST_CLOSINGS);
  #closing = 0;
  /** By descriptor, of those that are kept: 1 more than its number among the ring's own files. */
  #kept = new Int32Array(0);
  #submitted = 0;
  #taken = 0;
  #queued = 0;

  /** Null where the kernel has none, has one without these calls (before 6.7), or does not let us (kernel.io_uring_disabled, seccomp). */
  static open(libc: Libc, arena: Arena): Ring | null {
    if (process.env[SWITCH]) return null;
    const params = arena.take(PARAMS_BYTES);
    arena.view.setUint32(params.offset + PARAMS_FLAGS, SETUP_SINGLE_ISSUER + SETUP_DEFER_TASKRUN, true);
    const fd = libc.io_uring_setup(CALLS, params.address);
    if (fd < 0) return null;
    const field = (at: number): number => arena.view.getUint32(params.offset + at, true);
    // Both rings are one piece of memory since 5.4.
    const bytes = Math.max(field(QUEUE.array) + CALLS * WORD, field(COMPLETED.first) + field(COMPLETED.entries) * COMPLETION_WORDS * WORD);
    const rings = libc.mapShared(fd, bytes, 0);
    const calls = libc.mapShared(fd, CALLS * CALL_WORDS * WORD, OFFSET_OF_CALLS);
    if (rings !== null && calls !== null) {
      const ring = new Ring(libc, arena, { fd, field, rings, calls });
      if (ring.#works()) return ring;
    }
    libc.close(fd);
    return null;
  }

  private constructor(libc: Libc, arena: Arena, { fd, field, rings, calls }: { fd: number; field: (at: number) => number; rings: ArrayBuffer; calls: ArrayBuffer }) {
    this.#libc = libc;
    this.#fd = fd;
    this.#reports = arena.take(WORD);
    arena.view.setInt32(this.#reports.offset, 1, true);
    const words = (at: number, count: number): Int32Array => new Int32Array(rings, field(at), count);
    this.#tail = words(QUEUE.tail, 1);
    this.#completedHead = words(COMPLETED.head, 1);
    this.#completedTail = words(COMPLETED.tail, 1);
    this.#completions = words(COMPLETED.first, field(COMPLETED.entries) * COMPLETION_WORDS);
    this.#completionMask = field(COMPLETED.entries) - 1;
    this.#calls = new Int32Array(calls);
    // The places for calls are used in turn, so the queue always says the same.
    words(QUEUE.array, CALLS).set(Array.from({ length: CALLS }, (_, i) => i));
  }

  open(): number {
    const at = this.#queue(OP_SOCKET, AF_INET);
    this.#calls[at + 2] = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    return this.#queued - 1;
  }

  connect(fd: number, address: number): number {
    this.#reportErrors(fd);
    const at = this.#queue(OP_CONNECT, fd);
    this.#calls[at + 2] = SOCKADDR_BYTES;
    this.#point(at + 4, address);
    return this.#queued - 1;
  }

  /** The ring's own files need not be looked up and held for each call. Where it may not have them, they are. */
  keep(fds: readonly number[]): void {
    const list = this.#libc.allocate(fds.length * WORD);
    new Int32Array(list.view).set(fds);
    if (this.#libc.io_uring_register(this.#fd, REGISTER_FILES, list.address, fds.length) < 0) return;
    this.#kept = new Int32Array(fds.reduce((most, fd) => Math.max(most, fd)) + 1);
    fds.forEach((fd, number) => (this.#kept[fd] = number + 1));
  }

  send(fd: number, packet: number, length: number): number {
    const kept = this.#kept[fd] ?? 0;
    const at = kept > 0 ? this.#queue(OP_SEND | OWN_FILE, kept - 1) : this.#queue(OP_SEND, fd);
    this.#point(at + 4, packet);
    this.#calls[at + 6] = length;
    this.#calls[at + 7] = MSG_DONTWAIT;
    return this.#queued - 1;
  }

  sendMessage(fd: number, message: number): number {
    const at = this.#queue(OP_SENDMSG, fd);
    this.#point(at + 4, message);
    this.#calls[at + 6] = 1;
    this.#calls[at + 7] = MSG_DONTWAIT;
    return this.#queued - 1;
  }

  close(fd: number): void {
    if (this.#closing === MOST_CLOSINGS) this.#closeAll();
    this.#closings[this.#closing++] = fd;
  }

  run(): void {
    if (this.#closing > 0) this.#closeAll();
    let left = this.#queued;
    if (left === 0) return;
    this.#queued = 0;
    Atomics.store(this.#tail, 0, this.#submitted);
    for (let toEnter = left; left > 0; ) {
      const entered = this.#libc.io_uring_enter(this.#fd, toEnter, left, ENTER_GETEVENTS);
      if (entered >= 0) toEnter -= entered;
      else if (this.#libc.errno() !== constants.errno.EINTR) throw new CallError("io_uring_enter", errnoName(this.#libc.errno()));
      left -= this.#takeResults();
    }
  }

  result(place: number): number {
    return this.#results[place] as number;
  }

  /** Its memory stays until the process ends. */
  end(): void {
    this.run();
    // The kernel takes a ring down when it has time: its sockets would be held until then.
    if (this.#kept.length > 0) this.#libc.io_uring_register(this.#fd, UNREGISTER_FILES, 0, 0);
    this.#libc.close(this.#fd);
  }

  /** Tries the calls that came last; `setsockopt` since 6.7. */
  #works(): boolean {
    try {
      const opened = this.open();
      this.run();
      const fd = this.result(opened);
      if (fd < 0) return false;
      this.#reportErrors(fd);
      this.run();
      this.#libc.close(fd);
      return this.result(0) >= 0;
    } catch (error) {
      if (error instanceof CallError) return false;
      throw error;
    }
  }

  #reportErrors(fd: number): void {
    const at = this.#queue(OP_URING_CMD, fd);
    this.#calls[at + 2] = COMMAND_SETSOCKOPT;
    this.#calls[at + 4] = IPPROTO_IP;
    this.#calls[at + 5] = IP_RECVERR;
    this.#calls[at + 11] = WORD;
    this.#point(at + 12, this.#reports.address);
  }

  /** Returns where in `#calls` the call begins: its code, descriptor and place are there, and all that it does not write is 0. */
  #queue(code: number, fd: number): number {
    if (this.#queued === CALLS) throw new RangeError(`more than ${CALLS} calls at once`);
    const at = (this.#submitted & (CALLS - 1)) * CALL_WORDS;
    // Each call writes all of its words: where the same one was before there are no others.
    if (this.#calls[at] !== code) {
      this.#calls.fill(0, at, at + CALL_WORDS);
      this.#calls[at] = code;
    }
    this.#calls[at + 1] = fd;
    this.#calls[at + 8] = this.#queued++;
    this.#submitted = (this.#submitted + 1) | 0;
    return at;
  }

  #point(at: number, address: number): void {
    this.#calls[at] = address | 0;
    this.#calls[at + 1] = Math.floor(address / 2 ** 32);
  }

  /** Sockets that were opened together mostly have descriptors in a row, and a row is closed by one call. */
  #closeAll(): void {
    const fds = this.#closings.subarray(0, this.#closing).sort();
    this.#closing = 0;
    for (let first = 0, next = 1; next <= fds.length; next++) {
      if (fds[next] === (fds[next - 1] as number) + 1) continue;
      const closed = this.#libc.closeRange(fds[first] as number, fds[next - 1] as number);
      if (closed < 0) for (const fd of fds.subarray(first, next)) this.#libc.close(fd);
      first = next;
    }
  }

  #takeResults(): number {
    const tail = Atomics.load(this.#completedTail, 0);
    const first = this.#taken;
    for (; this.#taken !== tail; this.#taken = (this.#taken + 1) | 0) {
      const at = (this.#taken & this.#completionMask) * COMPLETION_WORDS;
      this.#results[this.#completions[at] as number] = this.#completions[at + 2] as number;
    }
    Atomics.store(this.#completedHead, 0, tail);
    return (tail - first) | 0;
  }
}
