import { encode, type Question as PacketQuestion, RECURSION_AVAILABLE, RECURSION_DESIRED, type RecordType } from "dns-packet";
import { LABEL_DIGITS } from "./query.ts";

interface Question {
  name: string;
  type: RecordType;
}

/**
 * A DNS query `<8 hex digits>.<name>` encoded once by dns-packet (RFC 1035, section 4.1).
 * Each query sent is this packet with two fields patched: the id and the label, both from the query's
 * sequence number, so that an answer names the query it belongs to.
 */
export function queryTemplate(question: Question): Uint8Array {
  return Uint8Array.from(encode({ type: "query", id: 0, flags: RECURSION_DESIRED, questions: [asked(question)] }));
}

/** The shortest answer to such a query, without a record (RFC 2308, section 2.2), to be patched as the query is. */
export function answerTemplate(question: Question): Uint8Array {
  return Uint8Array.from(encode({ type: "response", id: 0, flags: RECURSION_DESIRED | RECURSION_AVAILABLE, questions: [asked(question)] }));
}

function asked({ name, type }: Question): PacketQuestion {
  return { type, class: "IN", name: `${"0".repeat(LABEL_DIGITS)}.${name}` };
}
