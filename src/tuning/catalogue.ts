import type { TuningName } from "../scenario/scenario.ts";
import { biggerHash } from "./bigger-hash.ts";
import { biggerTableAndHash } from "./bigger-table-and-hash.ts";
import { biggerTable } from "./bigger-table.ts";
import { noStateRule } from "./no-state-rule.ts";
import { notrackIptablesLegacy } from "./notrack-iptables-legacy.ts";
import { notrackIptables } from "./notrack-iptables.ts";
import { notrackOneWay } from "./notrack-one-way.ts";
import { notrack } from "./notrack.ts";
import { retryOnEperm } from "./retry-on-eperm.ts";
import { shortTcpTimeouts } from "./short-tcp-timeouts.ts";
import { shortUdpTimeouts } from "./short-udp-timeouts.ts";
import { socketReuse } from "./socket-reuse.ts";
import { spreadSources } from "./spread-sources.ts";
import { tcpPerQuery } from "./tcp-per-query.ts";
import { tcpPersistent } from "./tcp-persistent.ts";
import { timeoutPolicy } from "./timeout-policy.ts";
import type { DnsTracking, TimeoutsS, Tuning } from "./tuning.ts";

/** Every tuning by its name. */
export const CATALOGUE: Record<TuningName, Tuning> = {
  "bigger-table": biggerTable,
  "bigger-hash": biggerHash,
  "bigger-table-and-hash": biggerTableAndHash,
  "short-udp-timeouts": shortUdpTimeouts,
  "short-tcp-timeouts": shortTcpTimeouts,
  "timeout-policy": timeoutPolicy,
  notrack,
  "notrack-one-way": notrackOneWay,
  "notrack-iptables": notrackIptables,
  "notrack-iptables-legacy": notrackIptablesLegacy,
  "no-state-rule": noStateRule,
  "socket-reuse": socketReuse,
  "tcp-persistent": tcpPersistent,
  "tcp-per-query": tcpPerQuery,
  "retry-on-eperm": retryOnEperm,
  "spread-sources": spreadSources,
};

/** As the kernel sets them: `udp_timeouts` of nf_conntrack_proto_udp.c, `tcp_timeouts` of nf_conntrack_proto_tcp.c. */
const KERNEL_TIMEOUTS_S: TimeoutsS = { udp: 30, udpStream: 120, timeWait: 120 };

/** How long entries live with these tunings. Names that this version does not know change nothing. */
export function timeoutsOf(names: readonly string[]): TimeoutsS {
  return Object.assign({ ...KERNEL_TIMEOUTS_S }, ...known(names).map(({ timeoutsS }) => timeoutsS));
}

/** Which packets of DNS meet the table with these tunings. */
export function dnsTrackingOf(names: readonly string[]): DnsTracking {
  return known(names).find(({ tracks }) => tracks !== undefined)?.tracks ?? "both";
}

function known(names: readonly string[]): Tuning[] {
  return Object.entries(CATALOGUE).flatMap(([name, tuning]) => (names.includes(name) ? [tuning] : []));
}
