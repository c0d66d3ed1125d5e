import { LAB_ADDRESSES, PAIR_CLIENT } from "../plan/lab-addresses.ts";
import type { LabSpec } from "../scenario/scenario.ts";
import { run } from "./commands.ts";

/** The one rule that makes this namespace track connections: any use of `ct` registers conntrack's hooks. */
const TRACKING_RULESET = `
table inet tablefull {
  chain output {
    type filter hook output priority filter; policy accept;
    ct state new counter
  }
}
`;

const CLIENT_LINK = { name: "client0", mac: "02:00:00:00:00:01" };
const RESOLVER_LINK = { name: "resolver0", mac: "02:00:00:00:00:02" };

/** How to start a program where the resolver lives. Empty: in this namespace. */
export type ResolverPrefix = readonly string[];

/**
 * Builds the lab around this process, which is alone in fresh network and mount namespaces: interfaces, addresses,
 * the tracking rule. Nothing needs to be taken down: it all ends with the process. Throws UserError when a command fails.
 */
export function buildLab({ topology, tracking }: Pick<LabSpec, "topology" | "tracking">): ResolverPrefix {
  if (topology === "host") return [];
  run("ip", ["link", "set", "lo", "up"]);
  const prefix = topology === "pair" ? buildPair() : [];
  if (tracking) run("nft", ["-f", "-"], { input: TRACKING_RULESET });
  return prefix;
}

/** Two namespaces joined by a veth; the client's subnet is local to it and routed by the resolver. */
function buildPair(): ResolverPrefix {
  const { resolver, sources } = LAB_ADDRESSES.pair;
  // A private /run: `ip netns` keeps its names there, and they are to end with us.
  run("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
  run("ip", ["netns", "add", "resolver"]);
  const client = [CLIENT_LINK.name, "address", CLIENT_LINK.mac];
  const peer = [RESOLVER_LINK.name, "address", RESOLVER_LINK.mac];
  run("ip", ["link", "add", ...client, "type", "veth", "peer", "name", ...peer, "netns", "resolver"]);
  run("ip", ["address", "add", `${PAIR_CLIENT.address}/${PAIR_CLIENT.prefix}`, "dev", CLIENT_LINK.name]);
  run("ip", ["link", "set", CLIENT_LINK.name, "up"]);
  run("ip", ["-n", "resolver", "address", "add", `${resolver.address}/${PAIR_CLIENT.prefix}`, "dev", RESOLVER_LINK.name]);
  run("ip", ["-n", "resolver", "link", "set", "lo", "up"]);
  run("ip", ["-n", "resolver", "link", "set", RESOLVER_LINK.name, "up"]);
  run("ip", ["route", "add", "local", sources, "dev", "lo"]);
  run("ip", ["-n", "resolver", "route", "add", sources, "via", PAIR_CLIENT.address]);
  // Known neighbours: the first burst must not wait for ARP, whose queue is short.
  run("ip", ["neighbour", "add", resolver.address, "lladdr", RESOLVER_LINK.mac, "dev", CLIENT_LINK.name]);
  run("ip", ["-n", "resolver", "neighbour", "add", PAIR_CLIENT.address, "lladdr", CLIENT_LINK.mac, "dev", RESOLVER_LINK.name]);
  return ["nsenter", "--net=/run/netns/resolver"];
}
