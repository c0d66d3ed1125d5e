import type { Arena, Piece } from "./arena.ts";
import type { Libc } from "./library.ts";
import { MSG_DONTWAIT } from "./sockets.ts";

const MSG_ERRQUEUE = 0x2000;
const BATCH = 16;
/** Batches read at once: errors that come faster than that are read the next time. */
const MOST_BATCHES = 64;
// struct mmsghdr of 64-bit Linux, without data: only its control message is of interest.
const MMSGHDR_BYTES = 64;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
// A cmsghdr (16 bytes), a struct sock_extended_err (16, ee_errno first) and the sockaddr of who said it (16).
const CONTROL_BYTES = 48;
const CMSGHDR_BYTES = 16;

export const ERROR_QUEUE_BYTES = BATCH * (MMSGHDR_BYTES + CONTROL_BYTES) + 32;

/** The errors that a socket with IP_RECVERR has been told of by ICMP, ip(7): read with MSG_ERRQUEUE, which also clears its pending error. */
export class ErrorQueue {
  readonly #libc: Libc;
  readonly #arena: Arena;
  readonly #headers: Piece;
  readonly #controls: Piece;

  constructor(libc: Libc, arena: Arena) {
    this.#libc = libc;
    this.#arena = arena;
    this.#headers = arena.take(BATCH * MMSGHDR_BYTES);
    this.#controls = arena.take(BATCH * CONTROL_BYTES);
    for (let i = 0; i < BATCH; i++) arena.setPointer(this.#headers.offset + i * MMSGHDR_BYTES + CONTROL, this.#controls.address + i * CONTROL_BYTES);
  }

  /** Takes what waits at a socket and tells the errno of each. Returns how many there were. */
  take(fd: number, onError: (errno: number) => void): number {
    const { view } = this.#arena;
    let taken = 0;
    for (let batch = 0; batch < MOST_BATCHES; batch++) {
      for (let i = 0; i < BATCH; i++) {
        view.setUint32(this.#headers.offset + i * MMSGHDR_BYTES + CONTROL_LENGTH, CONTROL_BYTES, true);
        view.setUint32(this.#controls.offset + i * CONTROL_BYTES + CMSGHDR_BYTES, 0, true);
      }
      const count = this.#libc.recvmmsg(fd, this.#headers.address, BATCH, MSG_ERRQUEUE | MSG_DONTWAIT, 0);
      for (let i = 0; i < count; i++) onError(view.getUint32(this.#controls.offset + i * CONTROL_BYTES + CMSGHDR_BYTES, true));
      taken += Math.max(0, count);
      if (count < BATCH) break;
    }
    return taken;
  }
}
