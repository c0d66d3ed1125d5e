import { answeredSequence, outcomeOf } from "../../../wire/answer.ts";
import type { LibcContext } from "./context.ts";

/** Matches one received datagram to its query and books it. Returns the sequence number it closed, or -1. */
export function bookAnswer({ account, arena, clock, outstanding }: LibcContext, offset: number, length: number): number {
  const sequence = answeredSequence(arena.bytes, offset, length);
  const match = sequence < 0 ? "stray" : outstanding.match(sequence);
  if (match === "answered") {
    account.answered(outcomeOf(arena.bytes, offset), clock.nowNs() - outstanding.intendedNs(sequence));
    return sequence;
  }
  if (match === "late") account.late();
  else account.stray();
  return -1;
}

/** Takes up to one batch of answers from a long-lived socket. */
export function receiveBatch(context: LibcContext, fd: number, flags: number): number {
  const { received } = context;
  const count = received.receive(fd, flags);
  for (let i = 0; i < count; i++) bookAnswer(context, received.packetOffset(i), received.receivedBytes(i));
  return count;
}
