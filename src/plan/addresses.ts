import { addressToNumber, numberToAddress, parseCidr } from "../scenario/ipv4.ts";
import type { AddressRange, PortRange } from "./plan.ts";

// A scenario's text is checked where it is read; senders and the lab need no more of scenario/ than this.
export { addressToNumber, numberToAddress, parseCidr };

/** A range known to be well formed: a constant of this program, or text that `parseCidr` accepted before. */
export function cidr(text: string): AddressRange {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** The range in CIDR form. Ranges whose size is no power of two, or which are not aligned to it, are written `first-last`. */
export function formatRange(range: AddressRange): string {
  const prefix = 32 - Math.log2(range.size);
  if (Number.isInteger(prefix) && range.base % range.size === 0) return `${numberToAddress(range.base)}/${prefix}`;
  return `${numberToAddress(range.base)}-${numberToAddress(range.base + range.size - 1)}`;
}

/** Whether every address of `inner` lies in `outer`. */
export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;
}

/** The smallest CIDR block around `base` that holds at least `count` addresses; null when not even all of IPv4 does. */
export function blockOf(base: number, count: number): AddressRange | null {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, count)));
  return size > 2 ** 32 ? null : { base: base - (base % size), size };
}

export function portCount(ports: PortRange): number {
  return ports.last - ports.first + 1;
}
