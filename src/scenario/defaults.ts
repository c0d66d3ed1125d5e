import type { Topology } from "./scenario.ts";

/**
 * Where flows come from when a scenario names no sources: 65,536 addresses, so that a full table of 262,144 needs 4 ports.
 * `host` has none: there a fill is refused, and loads send from the machine's own address.
 */
export const DEFAULT_SOURCES: Record<Exclude<Topology, "host">, string> = {
  loopback: "127.64.0.0/16",
  pair: "198.18.0.0/16",
  gateway: "198.18.0.0/16",
};
