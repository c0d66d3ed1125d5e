import { GATEWAY_LINK, GATEWAY_ROUTER, LAB_ADDRESSES, PAIR_CLIENT } from "../plan/lab-addresses.ts";
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

/** The router of topology `gateway` tracks what it forwards. */
const ROUTER_TRACKING_RULESET = `
table inet tablefull {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state new counter
  }
}
`;

/** NAT needs tracking, so this too is only loaded where the router tracks. */
const MASQUERADE_RULESET = `
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "router1" ip saddr ${GATEWAY_LINK.client} masquerade
  }
}
`;

/** Where the parts of a lab live, seen from the client's namespace, which is this process's own. */
export interface Lab {
  /** What to put before a command so that it runs where the resolver lives; empty: here. */
  resolverPrefix: readonly string[];
  /** The router's namespace in topology `gateway`, as a file that setns takes. */
  router: string | null;
  /** The client's network devices; empty where they are not the lab's. */
  devices: readonly string[];
  /** What to put before a command so that it runs where the table in question is; empty: here. */
  tablePrefix: readonly string[];
}

const inNamespace = (file: string): string[] => ["nsenter", `--net=${file}`];
const RESOLVER = "/run/netns/resolver";
const ROUTER = "/run/netns/router";

/**
 * Builds the lab around this process, which is alone in fresh network and mount namespaces: interfaces and addresses.
 * Nothing needs to be taken down: it all ends with the process. Throws UserError when a command fails.
 */
export function buildLab({ topology, tracking }: Pick<LabSpec, "topology" | "tracking">): Lab {
  if (topology === "host") return { resolverPrefix: [], router: null, devices: [], tablePrefix: [] };
  run("ip", ["link", "set", "lo", "up"]);
  if (topology !== "loopback") {
    // A private /run: `ip netns` keeps its names there, and they are to end with us.
    run("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
    run("ip", ["netns", "add", "resolver"]);
    run("ip", ["-n", "resolver", "link", "set", "lo", "up"]);
  }
  if (topology === "pair") buildPair();
  if (topology === "gateway") buildGateway({ tracking });
  return {
    resolverPrefix: topology === "loopback" ? [] : inNamespace(RESOLVER),
    router: topology === "gateway" ? ROUTER : null,
    devices: topology === "loopback" ? ["lo"] : ["lo", "client0"],
    tablePrefix: topology === "gateway" ? inNamespace(ROUTER) : [],
  };
}

/** Loads the client's rules: those that make it track, and the scenario's own. Throws UserError when nft refuses them. */
export function loadRules({ topology, tracking, ruleset }: Pick<LabSpec, "topology" | "tracking" | "ruleset">): void {
  if (topology === "host") return;
  if (tracking && topology !== "gateway") run("nft", ["-f", "-"], { input: TRACKING_RULESET });
  if (ruleset !== null) run("nft", ["-f", "-"], { input: ruleset });
}

/** Two namespaces joined by a veth; the client's subnet is local to it and routed by the resolver. */
function buildPair(): void {
  const { resolver, sources } = LAB_ADDRESSES.pair;
  join(
    { name: "client0", address: PAIR_CLIENT.address, prefix: PAIR_CLIENT.prefix, mac: "02:00:00:00:00:01", namespace: null },
    { name: "resolver0", address: resolver.address, prefix: PAIR_CLIENT.prefix, mac: "02:00:00:00:00:02", namespace: "resolver" },
  );
  run("ip", ["route", "add", "local", sources, "dev", "lo"]);
  run("ip", ["-n", "resolver", "route", "add", sources, "via", PAIR_CLIENT.address]);
}

/** Client, router, resolver. The client's own address is masqueraded; its subnet, which the fill uses, is only routed. */
function buildGateway({ tracking }: { tracking: boolean }): void {
  const { resolver, sources } = LAB_ADDRESSES.gateway;
  run("ip", ["netns", "add", "router"]);
  join(
    { name: "client0", address: GATEWAY_LINK.client, prefix: GATEWAY_LINK.prefix, mac: "02:00:00:00:00:01", namespace: null },
    { name: "router0", address: GATEWAY_LINK.router, prefix: GATEWAY_LINK.prefix, mac: "02:00:00:00:00:03", namespace: "router" },
  );
  join(
    { name: "router1", ...GATEWAY_ROUTER, mac: "02:00:00:00:00:04", namespace: "router" },
    { name: "resolver0", address: resolver.address, prefix: GATEWAY_ROUTER.prefix, mac: "02:00:00:00:00:02", namespace: "resolver" },
  );
  run("ip", ["route", "add", "default", "via", GATEWAY_LINK.router]);
  run("ip", ["route", "add", "local", sources, "dev", "lo"]);
  run("ip", ["-n", "router", "route", "add", sources, "via", GATEWAY_LINK.client]);
  run("ip", ["-n", "resolver", "route", "add", sources, "via", GATEWAY_ROUTER.address]);
  const [enter = "", ...where] = inNamespace(ROUTER);
  run(enter, [...where, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
  if (tracking) run(enter, [...where, "nft", "-f", "-"], { input: ROUTER_TRACKING_RULESET + MASQUERADE_RULESET });
  else run("ip", ["-n", "resolver", "route", "add", `${GATEWAY_LINK.client}/32`, "via", GATEWAY_ROUTER.address]);
}

interface LinkEnd {
  name: string;
  address: string;
  prefix: number;
  mac: string;
  /** Null: the client's, which is this one. */
  namespace: string | null;
}

/** A veth pair, addressed and up. Neighbours are known: the first burst must not wait for ARP, whose queue is short. */
function join(left: LinkEnd, right: LinkEnd): void {
  const end = ({ name, mac, namespace }: LinkEnd): string[] => [name, "address", mac, ...(namespace === null ? [] : ["netns", namespace])];
  run("ip", ["link", "add", ...end(left), "type", "veth", "peer", "name", ...end(right)]);
  for (const [own, other] of [[left, right], [right, left]] as const) {
    const ip = own.namespace === null ? [] : ["-n", own.namespace];
    run("ip", [...ip, "address", "add", `${own.address}/${own.prefix}`, "dev", own.name]);
    run("ip", [...ip, "link", "set", own.name, "up"]);
    run("ip", [...ip, "neighbour", "add", other.address, "lladdr", other.mac, "dev", own.name]);
  }
}
