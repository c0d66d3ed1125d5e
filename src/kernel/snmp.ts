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

const WANTED: ReadonlySet<string> = new Set(NET_KEYS);
const isWanted = (key: string): key is NetKey => WANTED.has(key);

/**
 * Reads /proc/net/snmp: pairs of lines, `Udp: InDatagrams NoPorts ...` then `Udp: 257 0 ...`.
 *
 * Source: `snmp_seq_show` in net/ipv4/proc.c.
 */
export function parseSnmp(text: string): NetCounters {
  const found: NetCounters = {};
  const lines = text.split("\n");
  for (let at = 0; at + 1 < lines.length; at++) {
    const header = lines[at] ?? "";
    if (!header.startsWith("Ip: ") && !header.startsWith("Udp: ")) continue;
    const names = header.trim().split(/\s+/);
    const values = (lines[at + 1] ?? "").trim().split(/\s+/);
    // A pair that does not match in length is damaged: no telling which value is whose.
    if (values[0] !== names[0] || values.length !== names.length) continue;
    const group = (names[0] ?? "").slice(0, -1);
    for (let column = 1; column < names.length; column++) {
      const key = `${group}.${names[column]}`;
      const value = counterOf(values[column] ?? "");
      if (value !== null && isWanted(key)) found[key] = value;
    }
    at++;
  }
  return found;
}

function counterOf(digits: string): number | null {
  if (!/^\d{1,20}$/.test(digits)) return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : null;
}

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
