import { constants } from "node:os";
import type { Clock } from "../../src/clock.ts";
import { FakeLibc } from "./fake-libc.ts";

const { EAGAIN, EALREADY, ECONNREFUSED, EINPROGRESS, EPIPE } = constants.errno;
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA = process.arch === "x64" ? 4 : 8;

/** One connection as the other side sees it. */
export class Peer {
  readonly fd: number;
  /** What the first connect came to: nothing yet, or made, or an errno. */
  state: "pending" | "made" | number = "pending";
  /** Bytes that its buffer still takes. */
  room = Number.POSITIVE_INFINITY;
  received: number[] = [];
  inbox: number[] = [];
  ended = false;
  /** Whether it has something to tell: edge-triggered. */
  changed = false;
  closed = false;

  constructor(fd: number) {
    this.fd = fd;
  }
}

/**
 * TCP without a network: every connect stays pending until the test makes it, unless `accepts` says so at once. Time passes while
 * somebody waits.
 */
export class FakeTcp extends FakeLibc implements Clock {
  readonly peers: Peer[] = [];
  /** What becomes of connection number n as it is begun. */
  readonly #accepts: (n: number) => Peer["state"];
  #watched = new Map<number, number>();
  #nowNs = 0;

  constructor(accepts: (n: number) => Peer["state"]) {
    super();
    this.#accepts = accepts;
  }

  nowNs(): number {
    return this.#nowNs;
  }

  pass(ns: number): void {
    this.#nowNs += ns;
  }

  /** The connections that are not closed, oldest first. */
  get open(): Peer[] {
    return this.peers.filter(({ closed }) => !closed);
  }

  make(peer: Peer, state: Peer["state"] = "made"): void {
    peer.state = state;
    peer.changed = true;
  }

  /** Lets bytes arrive. */
  answer(peer: Peer, bytes: Iterable<number>): void {
    peer.inbox.push(...bytes);
    peer.changed = true;
  }

  end(peer: Peer): void {
    peer.ended = true;
    peer.changed = true;
  }

  override connect = (...[fd = 0]: number[]): number => {
    const known = this.#peer(fd);
    if (known === undefined) {
      const peer = new Peer(fd);
      this.peers.push(peer);
      const state = this.#accepts(this.peers.length - 1);
      if (state !== "pending") this.make(peer, state);
      return this.#fails(EINPROGRESS);
    }
    return known.state === "made" ? 0 : this.#fails(known.state === "pending" ? EALREADY : known.state);
  };

  override send = (...[fd = 0, address = 0, length = 0]: number[]): number => {
    const peer = this.#peer(fd);
    if (peer === undefined || peer.ended) return this.#fails(EPIPE);
    if (peer.state !== "made") return this.#fails(peer.state === "pending" ? EAGAIN : peer.state);
    const went = Math.min(length, peer.room);
    if (went === 0) return this.#fails(EAGAIN);
    peer.room -= went;
    for (let i = 0; i < went; i++) peer.received.push(this.at(address + i).getUint8(0));
    return went;
  };

  override recv = (...[fd = 0, address = 0, length = 0]: number[]): number => {
    const peer = this.#peer(fd);
    if (peer === undefined) return this.#fails(ECONNREFUSED);
    const bytes = peer.inbox.splice(0, length);
    if (bytes.length === 0) return peer.ended ? 0 : this.#fails(EAGAIN);
    bytes.forEach((byte, i) => this.at(address + i).setUint8(0, byte));
    return bytes.length;
  };

  override close(fd: number): number {
    const peer = this.#peer(fd);
    if (peer !== undefined) peer.closed = true;
    this.#watched.delete(fd);
    return super.close(fd);
  }

  override epoll_ctl = (...[, , fd = 0, event = 0]: number[]): number => {
    this.#watched.set(fd, this.at(event + EVENT_DATA).getUint32(0, true));
    return 0;
  };

  override epoll_wait = (...[, events = 0, count = 0]: number[]): number => {
    const changed = this.open.filter((peer) => peer.changed && this.#watched.has(peer.fd)).slice(0, count);
    for (const [i, peer] of changed.entries()) {
      peer.changed = false;
      this.at(events + i * EVENT_BYTES + EVENT_DATA).setUint32(0, this.#watched.get(peer.fd) ?? 0, true);
    }
    return changed.length;
  };

  override ppoll = (): number => {
    this.pass(1e6);
    return 0;
  };

  #peer(fd: number): Peer | undefined {
    return this.peers.findLast((peer) => peer.fd === fd && !peer.closed);
  }

  #fails(errno: number): number {
    this.lastErrno = errno;
    return -1;
  }
}
