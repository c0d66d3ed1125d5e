import { quote, right, wrong } from "./units.ts";
import type { Parsed } from "./units.ts";

/** Dotted IPv4 to an unsigned 32-bit number; null when the text is not one (leading zeros are not). */
export function addressToNumber(dotted: string): number | null {
  const octets = dotted.split(".");
  if (octets.length !== 4 || !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)) return null;
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** An unsigned 32-bit number to dotted IPv4. */
export function numberToAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** `127.64.0.0/16`, or one address, to the range it names. Bits set beyond the prefix are refused: they hide a typing mistake. */
export function parseCidr(text: string): Parsed<{ base: number; size: number }> {
  const [dotted = "", prefixText = "32", ...rest] = text.split("/");
  const address = addressToNumber(dotted);
  const prefix = /^\d{1,2}$/.test(prefixText) ? Number(prefixText) : 33;
  if (address === null || prefix > 32 || rest.length > 0) {
    return wrong(`${quote(text)} is not an IPv4 range; write for example 127.64.0.0/16`);
  }
  const size = 2 ** (32 - prefix);
  const base = address - (address % size);
  if (base !== address) return wrong(`${text} has bits set beyond /${prefix}; write ${numberToAddress(base)}/${prefix}`);
  return right({ base, size });
}
