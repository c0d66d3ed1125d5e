import { portCount } from "./addresses.ts";
import type { AddressRange, PortRange } from "./plan.ts";

/** Every (source address, source port) pair of two ranges, numbered from 0. */
export interface FlowSpace {
  sources: AddressRange;
  ports: PortRange;
}

export interface Flow {
  /** Unsigned 32-bit. */
  address: number;
  port: number;
}

export function flowCount(space: FlowSpace): number {
  return space.sources.size * portCount(space.ports);
}

/**
 * Flow number `index`, from 0 to `flowCount` - 1; beyond that it starts again at 0. The address varies
 * fastest, so a run of flows needs few ports, and with them few sockets.
 */
export function flowAt(space: FlowSpace, index: number): Flow {
  const wrapped = index % flowCount(space);
  return {
    address: space.sources.base + (wrapped % space.sources.size),
    port: space.ports.first + Math.floor(wrapped / space.sources.size),
  };
}

/** `total` split by shares that add up to 1: whole numbers, none left over, none more than one off its share. */
export function splitByShares(total: number, shares: readonly number[]): number[] {
  let upTo = 0;
  let given = 0;
  return shares.map((share, i) => {
    upTo += share;
    const count = (i === shares.length - 1 ? total : Math.round(upTo * total)) - given;
    given += count;
    return count;
  });
}

/**
 * The part of `total` that worker `k` of `workers` owns: consecutive, none left over, sizes differ by at
 * most one (the first workers take the remainder).
 */
export function shareOf(total: number, k: number, workers: number): { first: number; count: number } {
  const each = Math.floor(total / workers);
  const remainder = total % workers;
  return { first: k * each + Math.min(k, remainder), count: each + (k < remainder ? 1 : 0) };
}
