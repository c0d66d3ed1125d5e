/** Over TCP the length of each message precedes it, in two bytes (RFC 1035, section 4.2.2; RFC 7766, section 8). */
export const LENGTH_BYTES = 2;
export const LONGEST_MESSAGE = 65_535;

/**
 * Calls `onMessage` for each whole message among the `length` bytes of a stream that begin at `offset`. Returns how many bytes
 * these took; what follows is the beginning of a message that has not come whole.
 */
export function eachMessage(bytes: Uint8Array, offset: number, length: number, onMessage: (offset: number, length: number) => void): number {
  const end = offset + length;
  let at = offset;
  while (at + LENGTH_BYTES <= end) {
    const messageLength = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    const next = at + LENGTH_BYTES + messageLength;
    if (next > end) break;
    onMessage(at + LENGTH_BYTES, messageLength);
    at = next;
  }
  return at - offset;
}

/** Writes a message's length before it: into the two bytes at `offset`. */
export function writeLength(bytes: Uint8Array, offset: number, length: number): void {
  bytes[offset] = length >>> 8;
  bytes[offset + 1] = length & 0xff;
}
