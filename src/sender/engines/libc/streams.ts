import { constants } from "node:os";
import { Arena, type Piece } from "../../../libc/arena.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL, type SocketAddress } from "../../../libc/sockets.ts";
import { eachMessage, LENGTH_BYTES, LONGEST_MESSAGE, writeLength } from "../../../wire/framing.ts";
import { patchQuery } from "../../../wire/query.ts";
import { bookAnswer } from "../../book-answer.ts";
import type { LibcContext } from "./context.ts";

const { EAGAIN, EINPROGRESS } = constants.errno;
const IPPROTO_IP = 0;
const IP_BIND_ADDRESS_NO_PORT = 24;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
/** Room for the longest message twice: one that has come in part, and what follows it. */
const RECEIVE_BYTES = 2 * (LENGTH_BYTES + LONGEST_MESSAGE);

export const NOTHING = new Uint8Array();

/** A connection as it is read from. */
export interface Stream {
  fd: number;
  /** The beginning of a message that has not come whole. */
  rest: Uint8Array;
}

/** DNS over the TCP connections of one thread (RFC 7766): opens them, writes queries, reads and books answers. Nothing blocks. */
export class Streams {
  readonly #context: LibcContext;
  readonly #query: Piece;
  readonly #arena: Arena;
  readonly #received: Piece;
  /** Bytes of a query with its length before it. */
  readonly queryBytes: number;

  constructor(context: LibcContext) {
    const { arena, libc, template } = context;
    this.#context = context;
    this.queryBytes = LENGTH_BYTES + template.length;
    this.#query = arena.take(this.queryBytes);
    writeLength(arena.bytes, this.#query.offset, template.length);
    arena.bytes.set(template, this.#query.offset + LENGTH_BYTES);
    this.#arena = new Arena(libc, RECEIVE_BYTES);
    this.#received = this.#arena.take(RECEIVE_BYTES);
  }

  /**
   * Begins a connection, watched under `key` (without one: under its descriptor): readiness tells when it is made or has failed.
   * `failed` is the call that failed, with errno set, or null; a descriptor of 0 or more is the caller's to close either way.
   */
  open({ source, key }: { source: SocketAddress | null; key?: number }): { fd: number; failed: string | null } {
    const { libc, readiness, sockets, target } = this.#context;
    const fd = sockets.openTcp({ blocking: false });
    if (fd < 0) return { fd, failed: "socket" };
    // As Go does, and every DNS client should: a query must not wait for the answer to the one before.
    sockets.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (source !== null) {
      // The port is chosen when the destination is known: so a port in TIME_WAIT towards it alone is left out.
      sockets.setOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
      if (sockets.bind(fd, source) < 0) return { fd, failed: "bind" };
    }
    if (sockets.connect(fd, target) < 0 && libc.errno() !== EINPROGRESS) return { fd, failed: "connect" };
    return readiness.addStream(fd, key ?? fd) < 0 ? { fd, failed: "epoll_ctl" } : { fd, failed: null };
  }

  /** Writes query number `sequence`. Returns how many of its bytes the kernel took, or -1 with errno set. */
  write(fd: number, sequence: number): number {
    const { arena, libc } = this.#context;
    patchQuery(arena.bytes, this.#query.offset + LENGTH_BYTES, sequence);
    return libc.send(fd, this.#query.address, this.queryBytes, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  /** What follows the first `written` bytes of the query written last. */
  remainder(written: number): Uint8Array {
    const { arena } = this.#context;
    return arena.bytes.slice(this.#query.offset + written, this.#query.offset + this.queryBytes);
  }

  /** Writes the remainder of a query. Returns what is still left of it: all, where the connection has no room or is lost. */
  writeRemainder(fd: number, bytes: Uint8Array): Uint8Array {
    this.#arena.bytes.set(bytes, this.#received.offset);
    const went = this.#context.libc.send(fd, this.#received.address, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return went < 0 ? bytes : bytes.subarray(went);
  }

  /** Reads all that has arrived and books each whole answer. `ended`: nothing more will come. */
  read(stream: Stream): { answered: boolean; ended: boolean } {
    const { clock, libc } = this.#context;
    const { bytes } = this.#arena;
    const { address, offset } = this.#received;
    let answered = false;
    for (;;) {
      const { rest } = stream;
      const room = RECEIVE_BYTES - rest.length;
      bytes.set(rest, offset);
      const count = libc.recv(stream.fd, address + rest.length, room, MSG_DONTWAIT);
      if (count <= 0) return { answered, ended: count === 0 || libc.errno() !== EAGAIN };
      const receivedNs = clock.nowNs();
      const length = rest.length + count;
      const used = eachMessage(bytes, offset, length, (at, size) => {
        if (bookAnswer(this.#context, { bytes, offset: at, length: size, cut: false, receivedNs }) >= 0) answered = true;
      });
      stream.rest = used === length ? NOTHING : bytes.slice(offset + used, offset + length);
      // A short read has emptied the socket, epoll(7).
      if (count < room) return { answered, ended: false };
    }
  }
}
