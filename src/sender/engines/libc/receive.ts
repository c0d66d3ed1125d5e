import { MSG_DONTWAIT } from "../../../libc/sockets.ts";
import { bookAnswer } from "../../book-answer.ts";
import type { LibcContext } from "./context.ts";

/**
 * Books up to one batch of answers that wait at a socket. `connected`: the kernel lets through only what comes from the resolver;
 * otherwise `received` has name buffers, and the source is looked at here. `onAnswered` gets the key of each query that was closed,
 * which need not be one of this socket's: a resolver may send an answer to another port.
 */
export function receiveBatch(context: LibcContext, fd: number, { connected, onAnswered }: { connected: boolean; onAnswered?: (key: number) => void }): void {
  const { account, arena, outstanding, received, target } = context;
  const count = received.receive(fd, MSG_DONTWAIT);
  for (let i = 0; i < count; i++) {
    if (!connected && !received.cameFrom(i, target)) {
      account.stray("wrong-source");
      continue;
    }
    const datagram = { bytes: arena.bytes, offset: received.packetOffset(i), length: received.receivedBytes(i), cut: received.cut(i) };
    const sequence = bookAnswer(context, datagram);
    if (sequence >= 0) onAnswered?.(outstanding.key(sequence));
  }
}
