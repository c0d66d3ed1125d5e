import { MSG_DONTWAIT } from "../../../libc/sockets.ts";
import { bookAnswer } from "../../book-answer.ts";
import type { LibcContext } from "./context.ts";

/** Books up to one batch of answers that wait at a socket. Returns whether one of them closed its query. */
export function receiveBatch(context: LibcContext, fd: number): boolean {
  const { arena, received } = context;
  const count = received.receive(fd, MSG_DONTWAIT);
  let closed = false;
  for (let i = 0; i < count; i++) {
    const datagram = { bytes: arena.bytes, offset: received.packetOffset(i), length: received.receivedBytes(i) };
    if (bookAnswer(context, datagram) >= 0) closed = true;
  }
  return closed;
}
