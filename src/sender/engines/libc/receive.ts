import { MSG_DONTWAIT } from "../../../libc/sockets.ts";
import { bookAnswer } from "../../book-answer.ts";
import type { LibcContext } from "./context.ts";

/**
 * Books up to one batch of answers that wait at a socket. Returns whether one of them closed its query. `connected`: the kernel lets
 * through only what comes from the resolver; otherwise `received` has name buffers, and the source is looked at here.
 */
export function receiveBatch(context: LibcContext, fd: number, { connected }: { connected: boolean }): boolean {
  const { account, arena, received, target } = context;
  const count = received.receive(fd, MSG_DONTWAIT);
  let closed = false;
  for (let i = 0; i < count; i++) {
    if (!connected && !received.cameFrom(i, target)) {
      account.stray("wrong-source");
      continue;
    }
    const datagram = { bytes: arena.bytes, offset: received.packetOffset(i), length: received.receivedBytes(i), cut: received.cut(i) };
    if (bookAnswer(context, datagram) >= 0) closed = true;
  }
  return closed;
}
