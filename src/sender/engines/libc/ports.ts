import type { Readiness } from "../../../libc/readiness.ts";
import type { Sockets } from "../../../libc/sockets.ts";
import { portCount } from "../../../plan/addresses.ts";
import type { PortRange } from "../../../plan/plan.ts";

/** Buffers of a socket that sends from many addresses: answers to a whole batch of flows come back to it. */
const BUFFER_BYTES = 4 << 20;

/**
 * A socket for each port of a range, unconnected and bound to any address, watched for answers once it is used. Where there are
 * more ports than sockets may be open, a port without one takes the place of the port that was opened first: taken in order,
 * around and around, that is the one whose answers have had most time to come.
 */
export class PortSockets {
  readonly #sockets: Sockets;
  readonly #readiness: Readiness;
  /** Sockets by their place, which is the readiness's key. */
  readonly #fds: number[] = [];
  readonly #places = new Map<number, number>();
  /** The port of each place, and the place that was taken first. */
  readonly #held: number[] = [];
  readonly #reportErrors: boolean;
  #oldest = 0;

  /** Opens as many as may be open. Throws a CallError that names what failed. `reportErrors`: see Sockets. */
  constructor({ sockets, readiness, ports, most, reportErrors }: { sockets: Sockets; readiness: Readiness; ports: PortRange; most: number; reportErrors: boolean }) {
    this.#sockets = sockets;
    this.#readiness = readiness;
    this.#reportErrors = reportErrors;
    const places = Math.min(most, portCount(ports));
    for (let place = 0; place < places; place++) this.#open(place, ports.first + place);
  }

  /** The socket of a port. Throws a CallError when it must be opened and cannot be. */
  of(port: number): number {
    const place = this.#places.get(port) ?? this.#replaceOldest(port);
    const fd = this.at(place);
    this.#readiness.watch(fd, place);
    return fd;
  }

  /** The socket behind a key of the readiness. */
  at(place: number): number {
    return this.#fds[place] as number;
  }

  close(): void {
    for (const fd of this.#fds) this.#sockets.close(fd);
  }

  #replaceOldest(port: number): number {
    const place = this.#oldest;
    this.#oldest = (place + 1) % this.#fds.length;
    this.#readiness.forget(this.at(place));
    this.#sockets.close(this.at(place));
    this.#places.delete(this.#held[place] as number);
    this.#open(place, port);
    return place;
  }

  #open(place: number, port: number): void {
    const fd = this.#sockets.must("socket", this.#sockets.open());
    this.#fds[place] = fd;
    this.#held[place] = port;
    this.#places.set(port, place);
    this.#sockets.must(`bind port ${port}`, this.#sockets.bind(fd, { address: 0, port }));
    this.#sockets.enlargeBuffers(fd, BUFFER_BYTES);
    this.#sockets.neverFragment(fd);
    if (this.#reportErrors) this.#sockets.reportErrors(fd);
  }
}
