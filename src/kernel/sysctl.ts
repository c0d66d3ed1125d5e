/** A sysctl that holds one unsigned integer, or null for anything else. */
export function parseUnsigned(text: string): number | null {
  const digits = text.trim();
  if (!/^\d{1,16}$/.test(digits)) return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : null;
}

/** First and last port, both included. */
export type PortRange = { first: number; last: number };

/** `net.ipv4.ip_local_port_range`: `32768\t60999`. Null for anything else. */
export function parsePortRange(text: string): PortRange | null {
  const match = /^\s*(\d{1,5})\s+(\d{1,5})\s*$/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2]);
  return first <= last && last <= 65_535 ? { first, last } : null;
}

/** How many ports a range holds: 28,232 by default. */
export function portCount({ first, last }: PortRange): number {
  return last - first + 1;
}
