/** The counters that say where a datagram was lost. Names are those of /proc/net/snmp: all that is sent here is IPv4. */
export const NET_KEYS = [
  "Ip.OutRequests",
  "Ip.OutDiscards",
  "Udp.InDatagrams",
  "Udp.NoPorts",
  "Udp.InErrors",
  "Udp.OutDatagrams",
  "Udp.RcvbufErrors",
  "Udp.SndbufErrors",
] as const;
type NetKey = (typeof NET_KEYS)[number];

/** Totals since the namespace began; a key that the kernel does not print is not there. */
export type NetCounters = Partial<Record<NetKey, number>>;

const isWanted = (key: string): key is NetKey => (NET_KEYS as readonly string[]).includes(key);

/**
 * Reads /proc/net/snmp: pairs of lines, `Udp: InDatagrams NoPorts ...` then `Udp: 257 0 ...`.
 *
 * Source: `snmp_seq_show` in net/ipv4/proc.c.
 */
export function parseSnmp(text: string): NetCounters {
  const bytes = Buffer.from(text);
  return createSnmpParser()(bytes, 0, bytes.length);
}

/** Reads that file again and again, as bytes from `from` up to `end`: a line of names, which stays the same, is looked at once. */
export function createSnmpParser(): (text: Buffer, from: number, end: number) => NetCounters {
  const groups = [new Group("Ip"), new Group("Udp")];
  return (text, from, end) => {
    const found: NetCounters = {};
    for (const group of groups) group.read(text, from, end, found);
    return found;
  };
}

/** The pair of lines of one protocol. */
class Group {
  readonly #name: string;
  /** Of each of the two. */
  readonly #start: Buffer;
  readonly #startBehindOthers: Buffer;
  #names = Buffer.alloc(0);
  /** What each value is; null for one that is not wanted. */
  #keys: (NetKey | null)[] = [];
  #values = new Float64Array(0);

  constructor(name: string) {
    this.#name = name;
    this.#start = Buffer.from(`${name}: `);
    this.#startBehindOthers = Buffer.from(`\n${name}: `);
  }

  read(text: Buffer, from: number, end: number, found: NetCounters): void {
    for (let at = this.#find(text, from, end); at < end; ) {
      const valuesAt = afterLine(text, at, end);
      const valuesEnd = afterLine(text, valuesAt, end);
      const whole = this.#takePair({ text, at, valuesAt, valuesEnd }, found);
      at = this.#find(text, whole ? valuesEnd : valuesAt, end);
    }
  }

  /** Where the next of its lines begins, at `from`, the beginning of a line, or later; `end` where there is none. */
  #find(text: Buffer, from: number, end: number): number {
    if (this.#begins(text, from)) return from;
    const before = text.indexOf(this.#startBehindOthers, from);
    return before < 0 || before >= end ? end : before + 1;
  }

  #begins(text: Buffer, at: number): boolean {
    const start = this.#start;
    for (let i = 0; i < start.length; i++) if (text[at + i] !== start[i]) return false;
    return true;
  }

  /** False for a pair that is damaged: where it does not match in length there is no telling which value is whose. */
  #takePair({ text, at, valuesAt, valuesEnd }: { text: Buffer; at: number; valuesAt: number; valuesEnd: number }, found: NetCounters): boolean {
    if (this.#names.compare(text, at, valuesAt) !== 0) this.#learn(text.subarray(at, valuesAt));
    if (!this.#begins(text, valuesAt)) return false;
    const keys = this.#keys;
    const values = this.#values;
    if (decimals(text, valuesAt + this.#start.length, valuesEnd, values) !== keys.length) return false;
    for (let column = 0; column < keys.length; column++) {
      const key = keys[column];
      const value = values[column] as number;
      if (key != null && !Number.isNaN(value)) found[key] = value;
    }
    return true;
  }

  #learn(line: Buffer): void {
    this.#names = Buffer.from(line);
    const names = line.toString().trim().split(/\s+/).slice(1);
    this.#keys = names.map((name) => `${this.#name}.${name}`).map((key) => (isWanted(key) ? key : null));
    this.#values = new Float64Array(names.length);
  }
}

const NEWLINE = 0x0a;
const SPACE = 0x20;

/** Where the next line begins. */
function afterLine(text: Buffer, at: number, end: number): number {
  const newline = text.indexOf(NEWLINE, at);
  return newline < 0 || newline >= end ? end : newline + 1;
}

/** Decimal numbers with blanks between them: how many there are. One that is no number, or too large to be exact, is NaN. */
function decimals(text: Uint8Array, from: number, end: number, values: Float64Array): number {
  let found = 0;
  let digits = 0;
  let value = 0;
  for (let at = from; at <= end; at++) {
    const code = at < end ? (text[at] as number) : NEWLINE;
    if (code > SPACE) {
      value = code >= 0x30 && code <= 0x39 ? value * 10 + code - 0x30 : Number.NaN;
      digits++;
    } else if (digits > 0) {
      // Past the end of `values` nothing is stored, only counted.
      values[found++] = digits <= MOST_DIGITS && value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
      digits = 0;
      value = 0;
    }
  }
  return found;
}

/** Of a u64. */
const MOST_DIGITS = 20;

/** What happened since the first reading. */
export type NetAccumulator = {
  /** Takes the next reading. Returns the keys that rose, as totals since the first reading, or null if none did. */
  add(reading: NetCounters): Record<string, number> | null;
  /** Every key that was seen, as a total since its first reading; null once a counter went back in a way that no wrap explains. */
  totals(): Record<string, number | null>;
};

/** Adds up successive readings; a key counts from where it is first seen. */
export function createNetAccumulator(): NetAccumulator {
  const before: NetCounters = {};
  const totals: Partial<Record<NetKey, number | null>> = {};
  return {
    add(reading) {
      let risen: Record<string, number> | null = null;
      for (const key of NET_KEYS) {
        const now = reading[key];
        if (now === undefined) continue;
        const last = before[key];
        before[key] = now;
        if (last === undefined) {
          totals[key] = 0;
          continue;
        }
        const total = totals[key];
        if (now === last || total === null || total === undefined) continue;
        const delta = counterDelta(last, now);
        totals[key] = delta === null ? null : total + delta;
        if (delta === null) continue;
        risen ??= {};
        risen[key] = total + delta;
      }
      return risen;
    },
    totals: () => ({ ...totals }),
  };
}

const TWO_32 = 2 ** 32;

/**
 * How far a counter moved, or null if it went back and a wrap does not explain it. On 32-bit kernels an SNMP counter
 * is an `unsigned long` and wraps at 2^32: then it was in the upper half of that range and moved by less than half of it.
 */
export function counterDelta(before: number, now: number): number | null {
  if (now >= before) return now - before;
  const wrapped = now + TWO_32 - before;
  return before >= TWO_32 / 2 && before < TWO_32 && wrapped < TWO_32 / 2 ? wrapped : null;
}
