import { encode, RECURSION_DESIRED, type RecordType } from "dns-packet";
import { LABEL_DIGITS } from "./query.ts";

/**
 * A DNS query `<8 hex digits>.<name>` encoded once by dns-packet (RFC 1035, section 4.1).
 * Each query sent is this packet with two fields patched: the id and the label, both from the query's
 * sequence number, so that an answer names the query it belongs to.
 */
export function queryTemplate({ name, type }: { name: string; type: RecordType }): Uint8Array {
  const packet = encode({
    type: "query",
    id: 0,
    flags: RECURSION_DESIRED,
    questions: [{ type, class: "IN", name: `${"0".repeat(LABEL_DIGITS)}.${name}` }],
  });
  return Uint8Array.from(packet);
}
