/** Hexadecimal digits of the sequence label: 2^32 distinct queries. */
export const LABEL_DIGITS = 8;
const HEADER_BYTES = 12;
/** The label's text follows the header and its own length byte. */
const LABEL_OFFSET = HEADER_BYTES + 1;
const TYPE_AND_CLASS_BYTES = 4;
const DIGITS = new TextEncoder().encode("0123456789abcdef");

/** Makes the packet at `offset` of `bytes` query number `sequence` (unsigned 32 bit). Its DNS id is the low 16 bits. */
export function patchQuery(bytes: Uint8Array, offset: number, sequence: number): void {
  bytes[offset] = (sequence >>> 8) & 0xff;
  bytes[offset + 1] = sequence & 0xff;
  let rest = sequence;
  for (let at = offset + LABEL_OFFSET + LABEL_DIGITS - 1; at >= offset + LABEL_OFFSET; at--) {
    bytes[at] = DIGITS[rest & 0xf] as number;
    rest >>>= 4;
  }
}

/**
 * Length of a datagram that is no query: it only begins a flow. The embedded resolver has the kernel drop those, so that a fill
 * may send them faster than anybody reads.
 */
export const OPENING_BYTES = 1;

/** The sequence number in a packet's label, or -1 when it holds none of ours. */
export function sequenceOf(bytes: Uint8Array, offset: number, length: number): number {
  if (length < LABEL_OFFSET + LABEL_DIGITS || bytes[offset + HEADER_BYTES] !== LABEL_DIGITS) return -1;
  let sequence = 0;
  for (let at = offset + LABEL_OFFSET; at < offset + LABEL_OFFSET + LABEL_DIGITS; at++) {
    const digit = hexValue(bytes[at] as number);
    if (digit < 0) return -1;
    sequence = sequence * 16 + digit;
  }
  return sequence;
}

/** Whether the packet has the one question that `query` has, whatever its sequence label and the case of its letters. */
export function sameQuestion(bytes: Uint8Array, offset: number, length: number, query: Uint8Array): boolean {
  if (length < query.length || bytes[offset + 4] !== 0 || bytes[offset + 5] !== 1) return false;
  const nameEnd = query.length - TYPE_AND_CLASS_BYTES;
  for (let at = LABEL_OFFSET + LABEL_DIGITS; at < query.length; at++) {
    const one = bytes[offset + at] as number;
    const other = query[at] as number;
    if (one !== other && !(at < nameEnd && sameLetter(one, other))) return false;
  }
  return true;
}

function sameLetter(one: number, other: number): boolean {
  const lower = one | 0x20;
  return (one ^ other) === 0x20 && lower >= 0x61 && lower <= 0x7a;
}

function hexValue(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  // A resolver may change the case of a name (0x20 randomization); the digits stay the same.
  const lower = character | 0x20;
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x61 + 10;
  return -1;
}
