import { MSG_DONTWAIT } from "../../../libc/sockets.ts";
import { bookAnswer } from "../../book-answer.ts";
import type { LibcContext } from "./context.ts";
import { isEarlierError, takeErrors } from "./socket-errors.ts";

/** Whether the sockets are `connected`, and who is told the key of each query that was answered. */
interface Receiving {
  connected: boolean;
  onAnswered?: (key: number) => void;
}

/**
 * Takes what the sockets have that are ready: the ICMP errors of each, then up to a batch of its answers. `socketOf` is the socket
 * behind a key of the readiness. Returns whether there was any.
 */
export function receiveReady(context: LibcContext, receiving: Receiving & { socketOf: (key: number) => number }): boolean {
  const { readiness } = context;
  const ready = readiness.ready();
  for (let i = 0; i < ready; i++) receiveAt(context, receiving.socketOf(readiness.key(i)), { failed: readiness.failed(i), receiving });
  return ready > 0;
}

/** The same of the first `count` of these sockets alone, at most 128. */
export function receiveAmong(context: LibcContext, fds: Int32Array, { count, receiving }: { count: number; receiving: Receiving }): boolean {
  const { readiness } = context;
  const ready = readiness.readyAmong(fds, count);
  for (let i = 0; i < ready; i++) receiveAt(context, readiness.key(i), { failed: readiness.failed(i), receiving });
  return ready > 0;
}

function receiveAt(context: LibcContext, fd: number, { failed, receiving }: { failed: boolean; receiving: Receiving }): void {
  // Left where they are, they would make the socket ready for ever.
  if (failed) takeErrors(context, fd);
  receiveBatch(context, fd, receiving);
}

/**
 * Books up to one batch of answers that wait at a socket. `connected`: the kernel lets through only what comes from the resolver;
 * otherwise `received` has name buffers, and the source is looked at here. `onAnswered` gets the key of each query that was closed,
 * which need not be one of this socket's: a resolver may send an answer to another port.
 */
export function receiveBatch(context: LibcContext, fd: number, { connected, onAnswered }: Receiving): void {
  const { account, arena, clock, libc, outstanding, received, target } = context;
  const count = received.receive(fd, MSG_DONTWAIT);
  if (count < 0) isEarlierError(context, fd, libc.errno());
  // Once for all: they were all there when the call returned.
  const receivedNs = count > 0 ? clock.nowNs() : 0;
  for (let i = 0; i < count; i++) {
    if (!connected && !received.cameFrom(i, target)) {
      account.stray("wrong-source");
      continue;
    }
    const datagram = { bytes: arena.bytes, offset: received.packetOffset(i), length: received.receivedBytes(i), cut: received.cut(i), receivedNs };
    const sequence = bookAnswer(context, datagram);
    if (sequence >= 0) onAnswered?.(outstanding.key(sequence));
  }
}
