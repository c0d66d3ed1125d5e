import { type Answer, decode, encode, type Packet } from "dns-packet";

const HEADER_BYTES = 12;
const QR_AA = 0x84;
const TC = 0x02;
const RD = 0x01;
const RA = 0x80;
const NXDOMAIN = 3;
const TTL_S = 60;
/** Documentation addresses (RFC 5737, RFC 3849). */
const ADDRESS = "192.0.2.1";
const ADDRESS6 = "2001:db8::1";
/** Distinct questions (without their first label) whose answers are kept ready. */
const MOST_KEPT = 1024;

const CLASS_IN = 1;
const TYPES = new Map<number, "A" | "AAAA">([
  [1, "A"],
  [28, "AAAA"],
]);

/** What follows the question in an answer, and the header fields that go with it. */
interface Ready {
  truncated: boolean;
  rcode: number;
  answers: number;
  tail: Uint8Array;
}

/**
 * The embedded resolver's zone: a label `nx` in a name means NXDOMAIN, a label `tc` a truncated answer (over UDP: over TCP the
 * whole one follows, RFC 7766, section 5); any other name has one A and one AAAA record. Answers are made in place, in the buffer the query came in: a plain query
 * costs a few bytes copied, and anything else (EDNS, several questions) goes through dns-packet.
 */
export class Answerer {
  readonly #ready = new Map<string, Ready>();
  readonly #truncates: boolean;

  constructor({ truncates }: { truncates: boolean }) {
    this.#truncates = truncates;
  }

  /** Turns the query at `offset` into its answer, within `room` bytes. Returns the answer's length, or 0 to say nothing. */
  answer(bytes: Uint8Array, offset: number, length: number, room: number): number {
    if (length < HEADER_BYTES || ((bytes[offset + 2] as number) & QR_AA & 0x80) !== 0) return 0;
    const questionEnd = plainQuestionEnd(bytes, offset, length);
    return questionEnd === offset + length
      ? this.#answerPlain(bytes, offset, length, room)
      : answerByDnsPacket(bytes, offset, length, { room, truncates: this.#truncates });
  }

  #answerPlain(bytes: Uint8Array, offset: number, length: number, room: number): number {
    // Queries of one load differ only in their first label, so the rest of the question names the answer.
    const rest = offset + HEADER_BYTES + 1 + (bytes[offset + HEADER_BYTES] as number);
    const question = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const ready = this.#readyFor(question.toString("latin1", rest, offset + length), question.toString("latin1", offset + HEADER_BYTES + 1, rest));
    if (length + ready.tail.length > room) return 0;
    bytes[offset + 2] = QR_AA | (ready.truncated ? TC : 0) | ((bytes[offset + 2] as number) & RD);
    bytes[offset + 3] = RA | ready.rcode;
    bytes[offset + 7] = ready.answers;
    bytes.set(ready.tail, offset + length);
    return length + ready.tail.length;
  }

  #readyFor(rest: string, firstLabel: string): Ready {
    // A name of one label has nothing but that label to tell it apart.
    const label = firstLabel.length === 2 ? firstLabel.toLowerCase() : "";
    const special = label === "nx" || label === "tc" ? label : "";
    const key = special + rest;
    let ready = this.#ready.get(key);
    if (ready === undefined) {
      if (this.#ready.size >= MOST_KEPT) this.#ready.clear();
      ready = makeReady(rest, special, this.#truncates);
      this.#ready.set(key, ready);
    }
    return ready;
  }
}

/** Where the only question ends, or -1 when there is not exactly one, in class IN, of a standard query. */
function plainQuestionEnd(bytes: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const opcode = (bytes[offset + 2] as number) & 0x78;
  if (opcode !== 0 || bytes[offset + 4] !== 0 || bytes[offset + 5] !== 1) return -1;
  let at = offset + HEADER_BYTES;
  for (let label = bytes[at] ?? 0; label !== 0; label = bytes[at] ?? 0) {
    if (label > 63 || at + label >= end) return -1;
    at += 1 + label;
  }
  // At least one label, then type and class.
  return at === offset + HEADER_BYTES ? -1 : at + 5;
}

function makeReady(rest: string, firstLabel: string, truncates: boolean): Ready {
  const bytes = Buffer.from(rest, "latin1");
  const type = TYPES.get(bytes.readUInt16BE(bytes.length - 4));
  const inClass = bytes.readUInt16BE(bytes.length - 2) === CLASS_IN;
  const labels = labelsOf(bytes.subarray(0, -4));
  const has = (label: string): boolean => firstLabel === label || labels.includes(label);
  const none = { answers: 0, tail: new Uint8Array() };
  if (has("nx")) return { truncated: false, rcode: NXDOMAIN, ...none };
  if (truncates && has("tc")) return { truncated: true, rcode: 0, ...none };
  if (type === undefined || !inClass) return { truncated: false, rcode: 0, ...none };
  const record = encode({ type: "response", answers: [answerFor(".", type)] }).subarray(HEADER_BYTES);
  // The root name it was encoded with becomes a pointer to the question (RFC 1035, section 4.1.4).
  return { truncated: false, rcode: 0, answers: 1, tail: Uint8Array.from([0xc0, HEADER_BYTES, ...record.subarray(1)]) };
}

function labelsOf(name: Buffer): string[] {
  const labels: string[] = [];
  for (let at = 0; at < name.length && name[at] !== 0; at += 1 + (name[at] as number)) {
    labels.push(name.toString("latin1", at + 1, at + 1 + (name[at] as number)).toLowerCase());
  }
  return labels;
}

function answerFor(name: string, type: "A" | "AAAA"): Answer {
  return { name, type, class: "IN", ttl: TTL_S, data: type === "A" ? ADDRESS : ADDRESS6 };
}

function answerByDnsPacket(bytes: Uint8Array, offset: number, length: number, { room, truncates }: { room: number; truncates: boolean }): number {
  let query: Packet;
  try {
    query = decode(Buffer.from(bytes.buffer, bytes.byteOffset + offset, length));
  } catch {
    return 0;
  }
  const questions = query.questions ?? [];
  const labels = new Set(questions.flatMap(({ name }) => name.toLowerCase().split(".")));
  const rcode = labels.has("nx") ? NXDOMAIN : 0;
  const truncated = truncates && rcode === 0 && labels.has("tc");
  const silent = rcode !== 0 || truncated;
  const response = encode({
    type: "response",
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: (QR_AA << 8) | (truncated ? TC << 8 : 0) | ((query.flags ?? 0) & (RD << 8)) | RA | rcode,
    questions,
    answers: silent ? [] : questions.flatMap((question) => {
      const { name, type } = question;
      return question.class === "IN" && (type === "A" || type === "AAAA") ? [answerFor(name, type)] : [];
    }),
    additionals: (query.additionals ?? []).some(({ type }) => type === "OPT")
      ? [{ name: ".", type: "OPT", udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }]
      : [],
  });
  if (response.length > room) return 0;
  bytes.set(response, offset);
  return response.length;
}
