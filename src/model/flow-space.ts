/**
 * How many different flows of one protocol a client can open: source addresses x source ports x destinations, where
 * a destination is an address and a port.
 *
 * Source: derivation from `struct nf_conntrack_tuple`; ports are those of `ip_local_port_range`
 * (`inet_get_local_port_range`), 28,232 by default.
 */
export function flowSpace({
  sources,
  ports,
  destinations,
}: {
  sources: number;
  ports: number;
  destinations: number;
}): number {
  return sources * ports * destinations;
}
