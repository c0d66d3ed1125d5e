import type { Arena } from "../../../libc/arena.ts";
import type { Libc } from "../../../libc/library.ts";
import { BATCH, Messages } from "../../../libc/messages.ts";
import type { Sockets } from "../../../libc/sockets.ts";
import { cidr } from "../../../plan/addresses.ts";
import type { Endpoint } from "../../../plan/plan.ts";
import { patchQuery } from "../../../wire/query.ts";

/** Flows from one port of consecutive addresses, at most a batch, and the number of the first one's query. */
interface Answered {
  sequence: number;
  address: number;
  port: number;
  count: number;
}

/**
 * Stands in for the embedded resolver during a fill, at its address and port: hears nothing, and answers what nobody asked. For the
 * table an answer is an answer; this one costs no query, and no resolver needs to be there yet. While it is open one hears nothing.
 */
export class StandIn {
  readonly #sockets: Sockets;
  readonly #arena: Arena;
  readonly #messages: Messages;
  readonly #fd: number;

  /** `answer`: what each answer is made from, by `patchQuery`. Throws a CallError that names what failed. */
  constructor({ libc, arena, sockets, at, answer }: { libc: Libc; arena: Arena; sockets: Sockets; at: Endpoint; answer: Uint8Array }) {
    this.#sockets = sockets;
    this.#arena = arena;
    this.#fd = sockets.must("socket", sockets.open());
    sockets.must("filter", sockets.discardAll(this.#fd));
    sockets.must("share an address", sockets.shareAddress(this.#fd));
    sockets.must(`bind ${at.address}:${at.port}`, sockets.bind(this.#fd, { address: cidr(at.address).base, port: at.port }));
    sockets.neverFragment(this.#fd);
    this.#messages = new Messages(libc, arena, { count: BATCH, packetBytes: answer.length });
    for (let i = 0; i < BATCH; i++) {
      arena.bytes.set(answer, this.#messages.packetOffset(i));
      this.#messages.useNames(i);
    }
  }

  /** Returns how many answers went. */
  answer({ sequence, address, port, count }: Answered): number {
    for (let i = 0; i < count; i++) {
      this.#messages.setDestination(i, { address: address + i, port });
      patchQuery(this.#arena.bytes, this.#messages.packetOffset(i), sequence + i);
    }
    return Math.max(0, this.#messages.send(this.#fd, 0, count, 0));
  }

  close(): void {
    this.#sockets.close(this.#fd);
  }
}
