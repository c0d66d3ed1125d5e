import { constants } from "node:os";
import type { LibcContext } from "./context.ts";
import { NOTHING, type Stream, type Streams } from "./streams.ts";

/** Connections in the making at once while they are first opened: fewer than any server's accept queue. */
const WINDOW = 64;
/** How long the first opening waits for all of them. */
const PATIENCE_NS = 2e9;
const NAP_NS = 5e6;
/** After a connection could not be made, before it is tried again; also how long a connection must have lived to be made anew at once. */
const PAUSE_NS = 100e6;
const { EALREADY, EINPROGRESS, EISCONN } = constants.errno;

export interface Connection extends Stream {
  readonly index: number;
  state: "open" | "connecting" | "down";
  /** When it was begun; while it is down, when it is to be made again. */
  atNs: number;
  /** What the kernel has not taken yet of the last query. */
  remainder: Uint8Array;
  /** Whether the kernel would take another query, as far as it has told. */
  hasRoom: boolean;
}

/**
 * Long-lived TCP connections, used in turn. What is lost is made anew: at once after the other side ended it, after a pause where
 * it could not be made, and from another port when it is not there within the timeout, as a SYN that is dropped is told to nobody.
 */
export class Connections {
  readonly #context: LibcContext;
  readonly #streams: Streams;
  readonly #timeoutNs: number;
  readonly #all: readonly Connection[];
  #open = 0;
  #connecting = 0;
  #turn = 0;
  #failure: { call: string; errno: number } | null = null;

  constructor(context: LibcContext, streams: Streams, { count, timeoutNs }: { count: number; timeoutNs: number }) {
    this.#context = context;
    this.#streams = streams;
    this.#timeoutNs = timeoutNs;
    this.#all = Array.from({ length: count }, (_, index): Connection => ({ index, fd: -1, state: "down", atNs: 0, rest: NOTHING, remainder: NOTHING, hasRoom: false }));
  }

  /** Why the last connection could not be made, where there is none and none in the making; else null. */
  get failure(): { call: string; errno: number } | null {
    return this.#open + this.#connecting === 0 ? this.#failure : null;
  }

  /** The first that is open, or else in the making; null when there is none. */
  get any(): Connection | null {
    return this.#all.find(({ state }) => state === (this.#open > 0 ? "open" : "connecting")) ?? null;
  }

  /** Opens all of them, and waits a while until they are there. What is not is left to `tend`. */
  openAll(): void {
    const { clock, readiness } = this.#context;
    const deadlineNs = clock.nowNs() + PATIENCE_NS;
    for (let first = 0; first < this.#all.length; first += WINDOW) {
      for (const connection of this.#all.slice(first, first + WINDOW)) this.#connect(connection);
      while (this.#connecting > 0 && clock.nowNs() < deadlineNs) {
        readiness.wait(NAP_NS);
        this.ready();
      }
    }
  }

  /** Looks at what is new: connections that are made, or are not. Returns those that are open and have something to read, or room again. */
  ready(): Connection[] {
    const { readiness } = this.#context;
    const ready: Connection[] = [];
    for (let i = readiness.ready() - 1; i >= 0; i--) {
      const connection = this.#all[readiness.key(i)] as Connection;
      if (connection.state === "connecting") this.#settle(connection);
      if (connection.state !== "open") continue;
      connection.hasRoom = true;
      ready.push(connection);
    }
    return ready;
  }

  /** Makes anew what is down or takes too long. */
  tend(): void {
    if (this.#open === this.#all.length) return;
    const nowNs = this.#context.clock.nowNs();
    for (const connection of this.#all) {
      if (connection.state === "connecting" && nowNs >= connection.atNs + this.#timeoutNs) this.#close(connection);
      if (connection.state === "down" && nowNs >= connection.atNs) this.#connect(connection);
    }
  }

  /** The next one that is open and has room, in turn; null when there is none. */
  next(): Connection | null {
    for (let tried = 0; tried < this.#all.length && this.#open > 0; tried++) {
      const connection = this.#all[this.#turn] as Connection;
      this.#turn = (this.#turn + 1) % this.#all.length;
      if (connection.hasRoom) return connection;
    }
    return null;
  }

  /** The other side has ended it, or it failed while it was used. */
  lost(connection: Connection): void {
    this.#close(connection);
    connection.atNs += PAUSE_NS;
  }

  closeAll(): void {
    for (const connection of this.#all) if (connection.state !== "down") this.#close(connection);
  }

  #connect(connection: Connection): void {
    const { fd, failed } = this.#streams.open({ source: null, key: connection.index });
    connection.fd = fd;
    connection.state = "connecting";
    connection.atNs = this.#context.clock.nowNs();
    this.#connecting++;
    if (failed !== null) this.#fail(connection, failed, this.#context.libc.errno());
  }

  /** A second connect tells how the first went, connect(2). */
  #settle(connection: Connection): void {
    const { libc, sockets, target } = this.#context;
    const errno = sockets.connect(connection.fd, target) < 0 ? libc.errno() : EISCONN;
    if (errno === EALREADY || errno === EINPROGRESS) return;
    if (errno !== EISCONN) return this.#fail(connection, "connect", errno);
    connection.state = "open";
    this.#failure = null;
    this.#connecting--;
    this.#open++;
  }

  #fail(connection: Connection, call: string, errno: number): void {
    this.#failure = { call, errno };
    this.#close(connection);
    connection.atNs = this.#context.clock.nowNs() + PAUSE_NS;
  }

  #close(connection: Connection): void {
    if (connection.state === "open") this.#open--;
    else this.#connecting--;
    connection.state = "down";
    connection.rest = NOTHING;
    connection.remainder = NOTHING;
    connection.hasRoom = false;
    if (connection.fd >= 0) this.#context.sockets.close(connection.fd);
    connection.fd = -1;
  }
}
