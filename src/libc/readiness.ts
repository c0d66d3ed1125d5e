import type { Arena, Piece } from "./arena.ts";
import type { Libc } from "./library.ts";

const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const EPOLLOUT = 4;
/** POLLERR is the same bit. */
const EPOLLERR = 8;
const EPOLLET = 2 ** 31;
const POLLIN = 1;
const EPOLL_CLOEXEC = 0o2000000;
const MAX_EVENTS = 256;
// struct epoll_event is packed on x86-64 (sys/epoll.h), and aligned elsewhere.
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA = process.arch === "x64" ? 4 : 8;
/** Sockets that can be polled at a time, a power of two. */
const PLACES = 2048;
/** Sockets that are polled while answers come, which has them polled again and again: a few turns of queries. */
const MANY = 512;
/** Sockets that `readyAmong` looks at together, at most: two turns of queries. */
const AMONG = 128;
/** Sockets that are polled even while the thread sleeps. */
const FEW = 16;
// struct pollfd: the descriptor, what is asked (16 bit), what is the case (16 bit). One below 0 is passed over.
const POLLFD_BYTES = 8;
const NOBODY = -1;

export const READINESS_BYTES = MAX_EVENTS * EVENT_BYTES + (PLACES + AMONG) * POLLFD_BYTES + 256;

/**
 * Which of many sockets have something to read. While the thread is busy they are polled, which is cheap for those that await
 * an answer for a short time only, and for all while none comes, as it is then done rarely. Before it sleeps, and where too many wait,
 * sockets are left to epoll, which does not mind how many there are, but costs 2 us a socket, and up to 1 us for each packet that it
 * sends from then on: the kernel wakes epoll for room in the send buffer, too.
 */
export class Readiness {
  readonly #libc: Libc;
  readonly #arena: Arena;
  readonly #epoll: number;
  readonly #events: Piece;
  readonly #added: Piece;
  readonly #timeout: Piece;
  readonly #noTime: Piece;
  readonly #polled: Piece;
  readonly #among: Piece;
  /** `#polled` as pairs: descriptor, both conditions. A descriptor's place is its low bits; epoll itself has one too. */
  readonly #places: Int32Array;
  /** `#among` in the same way. */
  readonly #asked: Int32Array;
  readonly #keys = new Uint32Array(PLACES);
  readonly #readyKeys = new Uint32Array(PLACES + MAX_EVENTS);
  readonly #readyEvents = new Uint32Array(PLACES + MAX_EVENTS);
  /** Places from here on were never used. */
  #used: number;
  /** Sockets that are polled now. */
  #young = 0;
  /** Whether there was one to tell of when they were polled last. */
  #answering = false;
  /** What epoll watches, by descriptor. */
  readonly #left = new Set<number>();

  constructor(libc: Libc, arena: Arena) {
    this.#libc = libc;
    this.#arena = arena;
    this.#events = arena.take(MAX_EVENTS * EVENT_BYTES);
    this.#added = arena.take(16);
    this.#timeout = arena.take(16);
    this.#noTime = arena.take(16);
    this.#polled = arena.take(PLACES * POLLFD_BYTES);
    this.#places = new Int32Array(arena.bytes.buffer, this.#polled.offset, 2 * PLACES);
    for (let place = 0; place < PLACES; place++) {
      this.#places[2 * place] = NOBODY;
      this.#places[2 * place + 1] = POLLIN;
    }
    this.#among = arena.take(AMONG * POLLFD_BYTES);
    this.#asked = new Int32Array(arena.bytes.buffer, this.#among.offset, 2 * AMONG);
    this.#epoll = libc.epoll_create1(EPOLL_CLOEXEC);
    this.#places[2 * (this.#epoll % PLACES)] = this.#epoll;
    this.#used = (this.#epoll % PLACES) + 1;
  }

  /** Watches a socket, if that is not done already; `key` (unsigned 32 bit) comes back from `ready`. */
  watch(fd: number, key: number): void {
    const place = fd % PLACES;
    const other = this.#places[2 * place] as number;
    if (other === fd || (this.#left.size > 0 && this.#left.has(fd))) return;
    if (other === this.#epoll) return this.#leaveToEpoll(fd, key);
    if (other === NOBODY) this.#young++;
    else this.#leaveToEpoll(other, this.#keys[place] as number);
    this.#places[2 * place] = fd;
    this.#keys[place] = key;
    if (place >= this.#used) this.#used = place + 1;
  }

  /** Watches a connection both ways: told once when it is made or fails, when more has arrived, and when there is room again to write. */
  addStream(fd: number, key: number): number {
    return this.#addToEpoll(fd, key, EPOLLIN + EPOLLOUT + EPOLLET);
  }

  /** Nothing is awaited at a socket for now. It may still be reported. */
  pause(fd: number): void {
    const at = 2 * (fd % PLACES);
    if (this.#places[at] !== fd) return;
    this.#places[at] = NOBODY;
    this.#young--;
  }

  /** A socket is about to be closed, while others are watched. */
  forget(fd: number): void {
    this.pause(fd);
    if (this.#left.size > 0) this.#left.delete(fd);
  }

  /** Blocks until a watched socket is readable or `timeoutNs` have passed. */
  wait(timeoutNs: number): void {
    if (this.#young > FEW) this.#leaveAllToEpoll();
    const { view } = this.#arena;
    view.setUint32(this.#timeout.offset, Math.floor(timeoutNs / 1e9), true);
    view.setUint32(this.#timeout.offset + 8, Math.max(0, Math.floor(timeoutNs % 1e9)), true);
    this.#libc.ppoll(this.#polled.address, this.#used, this.#timeout.address, 0);
  }

  /** How many watched sockets have something to tell now, of those left to epoll 256 at most; their keys are then read with `key`. */
  ready(): number {
    if (this.#answering && this.#young > MANY) this.#leaveAllToEpoll();
    if (this.#young === 0) return this.#takeEvents(0);
    let left = this.#libc.ppoll(this.#polled.address, this.#used, this.#noTime.address, 0);
    let count = 0;
    for (let place = 0; left > 0; place++) {
      // The upper half is what is the case: readable, or an error that reading will tell.
      const events = (this.#places[2 * place + 1] as number) >>> 16;
      if (events === 0) continue;
      left--;
      if (this.#places[2 * place] === this.#epoll) count = this.#takeEvents(count);
      else {
        this.#readyEvents[count] = events;
        this.#readyKeys[count++] = this.#keys[place] as number;
      }
    }
    this.#answering = count > 0;
    return count;
  }

  /** The same of the first `count` of these sockets alone, watched or not, 128 at most: `key` is then the socket. */
  readyAmong(fds: Int32Array, count: number): number {
    if (count > AMONG) throw new RangeError(`more than ${AMONG} sockets at once`);
    for (let i = 0; i < count; i++) {
      this.#asked[2 * i] = fds[i] as number;
      this.#asked[2 * i + 1] = POLLIN;
    }
    let left = this.#libc.ppoll(this.#among.address, count, this.#noTime.address, 0);
    let ready = 0;
    for (let i = 0; left > 0; i++) {
      const events = (this.#asked[2 * i + 1] as number) >>> 16;
      if (events === 0) continue;
      left--;
      this.#readyEvents[ready] = events;
      this.#readyKeys[ready++] = fds[i] as number;
    }
    return ready;
  }

  key(i: number): number {
    return this.#readyKeys[i] as number;
  }

  /** Whether the socket has an error to tell. */
  failed(i: number): boolean {
    return ((this.#readyEvents[i] as number) & EPOLLERR) !== 0;
  }

  close(): void {
    this.#libc.close(this.#epoll);
  }

  #takeEvents(count: number): number {
    const events = Math.max(0, this.#libc.epoll_wait(this.#epoll, this.#events.address, MAX_EVENTS, 0));
    for (let i = 0; i < events; i++) {
      this.#readyEvents[count + i] = this.#arena.view.getUint32(this.#events.offset + i * EVENT_BYTES, true);
      this.#readyKeys[count + i] = this.#arena.view.getUint32(this.#events.offset + i * EVENT_BYTES + EVENT_DATA, true);
    }
    return count + events;
  }

  #leaveAllToEpoll(): void {
    for (let place = 0; place < this.#used; place++) {
      const fd = this.#places[2 * place] as number;
      if (fd === NOBODY || fd === this.#epoll) continue;
      this.#leaveToEpoll(fd, this.#keys[place] as number);
      this.#places[2 * place] = NOBODY;
    }
    this.#young = 0;
  }

  /** Until the socket is closed. */
  #leaveToEpoll(fd: number, key: number): void {
    this.#left.add(fd);
    this.#addToEpoll(fd, key, EPOLLIN);
  }

  #addToEpoll(fd: number, key: number, events: number): number {
    const { view } = this.#arena;
    view.setUint32(this.#added.offset, events, true);
    view.setUint32(this.#added.offset + EVENT_DATA, key, true);
    view.setUint32(this.#added.offset + EVENT_DATA + 4, 0, true);
    return this.#libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, this.#added.address);
  }
}
