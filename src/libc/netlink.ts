import type { Arena, Piece } from "./arena.ts";
import { errnoName, type Libc } from "./library.ts";
import { CallError, MSG_DONTWAIT, Sockets } from "./sockets.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NLMSG_ERROR = 2;
/** struct nlmsghdr, and where its type stands; the error follows it (struct nlmsgerr). */
const HEADER_BYTES = 16;
const TYPE = 4;
/** The kernel hands a dump out in parts of up to 32 KiB, if there is room for them (netlink_recvmsg). */
const RECEIVE_BYTES = 32 << 10;
/** Room for an error for each message of a batch (each takes about 1 KiB of kernel memory). */
const BUFFER_BYTES = 1 << 20;

export const NETLINK_NETFILTER = 12;

/** Bytes a `Netlink` for requests of up to `requestBytes` takes in an arena. */
export const netlinkBytes = (requestBytes: number): number => requestBytes + RECEIVE_BYTES + 128;

/**
 * A netlink socket towards the kernel (netlink(7)), for requests of many messages. The kernel works a request off before
 * `send` returns, and tells the error of every message that failed whether it was asked to (NLM_F_ACK) or not: silence is success.
 */
export class Netlink {
  /** Where a request is written before it is sent. */
  readonly request: Piece;
  /** Where `receive` puts what came. */
  readonly received: Piece;
  readonly #libc: Libc;
  readonly #arena: Arena;
  readonly #sockets: Sockets;
  readonly #fd: number;

  /** Opens the socket in the calling thread's network namespace. Throws a CallError where the kernel has no such protocol. */
  constructor(libc: Libc, arena: Arena, { protocol, requestBytes }: { protocol: number; requestBytes: number }) {
    this.#libc = libc;
    this.#arena = arena;
    this.#sockets = new Sockets(libc, arena);
    this.request = arena.take(requestBytes);
    this.received = arena.take(RECEIVE_BYTES);
    this.#fd = this.#sockets.must("netlink socket", libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    // Without it an error carries the whole message that it is about.
    this.#sockets.setOption(this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    this.#sockets.enlargeBuffers(this.#fd, BUFFER_BYTES);
  }

  /** Sends the first `bytes` of `request` and calls `onError` with the errno of each message that failed. Throws a CallError when the request itself fails. */
  send(bytes: number, onError: (errno: number) => void): void {
    this.ask(bytes);
    // An error a datagram; all of them are there when `send` returns.
    for (let length = this.receive(); length > 0; length = this.receive()) {
      const { view } = this.#arena;
      if (length < HEADER_BYTES + 4 || view.getUint16(this.received.offset + TYPE, true) !== NLMSG_ERROR) {
        throw new CallError("netlink receive", `${length} bytes that are no answer`);
      }
      onError(-view.getInt32(this.received.offset + HEADER_BYTES, true));
    }
  }

  /** Sends the first `bytes` of `request`; what answers it is for `receive`. Throws a CallError when the request itself fails. */
  ask(bytes: number): void {
    this.#sockets.must("netlink send", this.#libc.send(this.#fd, this.request.address, bytes, 0));
  }

  /** Puts what waits into `received`: its bytes, 0 when nothing waits. Throws a CallError when the kernel had to lose some of it. */
  receive(): number {
    const length = this.#libc.recv(this.#fd, this.received.address, RECEIVE_BYTES, MSG_DONTWAIT);
    if (length >= 0) return length;
    const errno = errnoName(this.#libc.errno());
    if (errno === "EAGAIN") return 0;
    throw new CallError("netlink receive", errno);
  }

  close(): void {
    this.#sockets.close(this.#fd);
  }
}
