import { sequenceOf } from "./query.ts";

const QR = 0x80;
const TC = 0x02;

/** The rcodes a header can hold (RFC 1035, section 4.1.1; RFC 2136, section 2.2); 11 to 15 are not assigned. */
const OUTCOMES = [
  "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
  "NXRRSET", "NOTAUTH", "NOTZONE", "RCODE11", "RCODE12", "RCODE13", "RCODE14", "RCODE15",
];
const TRUNCATED_OUTCOMES = OUTCOMES.map((name) => `${name}+TC`);

/**
 * The sequence number of the query that the datagram at `offset` answers, or -1 when it answers none of
 * ours: too short, not a response, no label of ours, or an id that does not belong to the label.
 */
export function answeredSequence(bytes: Uint8Array, offset: number, length: number): number {
  if (length < 12 || ((bytes[offset + 2] as number) & QR) === 0) return -1;
  const sequence = sequenceOf(bytes, offset, length);
  const id = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
  return sequence >= 0 && (sequence & 0xffff) === id ? sequence : -1;
}

/** `NOERROR`, `NXDOMAIN`, …, with `+TC` where the answer was truncated (RFC 1035, section 4.1.1). */
export function outcomeOf(bytes: Uint8Array, offset: number): string {
  const code = (bytes[offset + 3] as number) & 0x0f;
  const names = ((bytes[offset + 2] as number) & TC) === 0 ? OUTCOMES : TRUNCATED_OUTCOMES;
  return names[code] as string;
}
