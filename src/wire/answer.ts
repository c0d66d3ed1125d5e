import { sameQuestion, sequenceOf } from "./query.ts";

const HEADER_BYTES = 12;
const QR = 0x80;
const TC = 0x02;

/** The rcodes a header can hold (RFC 1035, section 4.1.1; RFC 2136, section 2.2); 11 to 15 are not assigned. */
const OUTCOMES = [
  "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
  "NXRRSET", "NOTAUTH", "NOTZONE", "RCODE11", "RCODE12", "RCODE13", "RCODE14", "RCODE15",
];
const TRUNCATED_OUTCOMES = OUTCOMES.map((name) => `${name}+TC`);
const CUT_OUTCOMES = OUTCOMES.map((name) => `${name}+CUT`);
const TRUNCATED_AND_CUT_OUTCOMES = OUTCOMES.map((name) => `${name}+TC+CUT`);

/** What `answeredSequence` makes of a datagram that answers no query of ours. */
export const NOT_DNS = -1;
export const WRONG_QUESTION = -2;
export const WRONG_ID = -3;

/**
 * The sequence number of the query that the datagram at `offset` answers, where queries are made from `query` by `patchQuery`.
 * Below 0 when it answers none: NOT_DNS when it is no response at all (too short, or itself a query), WRONG_QUESTION when it has none
 * or not ours, WRONG_ID when its id is not that of its question.
 */
export function answeredSequence(bytes: Uint8Array, offset: number, length: number, query: Uint8Array): number {
  if (length < HEADER_BYTES || ((bytes[offset + 2] as number) & QR) === 0) return NOT_DNS;
  const sequence = sequenceOf(bytes, offset, length);
  if (sequence < 0 || !sameQuestion(bytes, offset, length, query)) return WRONG_QUESTION;
  const id = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
  return (sequence & 0xffff) === id ? sequence : WRONG_ID;
}

/**
 * `NOERROR`, `NXDOMAIN`, …, with `+TC` where the resolver truncated the answer (RFC 1035, section 4.1.1), and `+CUT` where
 * `cut` says that the receiver's buffer did (MSG_TRUNC, recvmsg(2)).
 */
export function outcomeOf(bytes: Uint8Array, offset: number, { cut }: { cut: boolean }): string {
  const code = (bytes[offset + 3] as number) & 0x0f;
  const truncated = ((bytes[offset + 2] as number) & TC) !== 0;
  const names = cut ? (truncated ? TRUNCATED_AND_CUT_OUTCOMES : CUT_OUTCOMES) : truncated ? TRUNCATED_OUTCOMES : OUTCOMES;
  return names[code] as string;
}
