import type { Clock } from "../clock.ts";
import { answeredSequence, outcomeOf } from "../wire/answer.ts";
import type { Account } from "./account.ts";
import type { Outstanding } from "./outstanding.ts";

/** Matches the datagram at `offset` of `bytes` to its query and books it. Returns the sequence number it closed, or -1. */
export function bookAnswer(
  { account, clock, outstanding }: { account: Account; clock: Clock; outstanding: Outstanding },
  { bytes, offset, length }: { bytes: Uint8Array; offset: number; length: number },
): number {
  const sequence = answeredSequence(bytes, offset, length);
  const match = sequence < 0 ? "stray" : outstanding.match(sequence);
  if (match === "answered") {
    const nowNs = clock.nowNs();
    account.answered(outcomeOf(bytes, offset), nowNs - outstanding.intendedNs(sequence), nowNs - outstanding.sentNs(sequence));
    return sequence;
  }
  if (match === "late") account.late();
  else account.stray();
  return -1;
}
