import { answeredSequence, NOT_DNS, outcomeOf, WRONG_QUESTION } from "../wire/answer.ts";
import type { Account, StrayKind } from "./account.ts";
import type { Outstanding } from "./outstanding.ts";

/** A datagram that was received. `cut`: it was longer than its buffer. `receivedNs`: when it had been taken from its socket. */
export interface Datagram {
  bytes: Uint8Array;
  offset: number;
  length: number;
  cut: boolean;
  receivedNs: number;
}

/** Matches a datagram to its query, one made from `template`, and books it. Returns the sequence number it closed, or -1. */
export function bookAnswer(
  { account, outstanding, template }: { account: Account; outstanding: Outstanding; template: Uint8Array },
  { bytes, offset, length, cut, receivedNs }: Datagram,
): number {
  const sequence = answeredSequence(bytes, offset, length, template);
  if (sequence < 0) {
    account.stray(strayKindOf(sequence));
    return -1;
  }
  const match = outstanding.match(sequence);
  if (match === "answered") {
    account.answered(outcomeOf(bytes, offset, { cut }), receivedNs - outstanding.intendedNs(sequence), receivedNs - outstanding.sentNs(sequence));
    return sequence;
  }
  if (match === "late") account.late();
  else account.stray(match);
  return -1;
}

function strayKindOf(code: number): StrayKind {
  if (code === NOT_DNS) return "not-dns";
  return code === WRONG_QUESTION ? "wrong-question" : "wrong-id";
}
