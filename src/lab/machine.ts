import fs from "node:fs";
import { parsePortRange, parseUnsigned } from "../kernel/sysctl.ts";
import { loadLibc } from "../libc/library.ts";
import type { Machine } from "../plan/plan.ts";
import { readText } from "./privilege.ts";

const NETFILTER = "/proc/sys/net/netfilter";
/** net.ipv4.ip_local_port_range as the kernel sets it at boot. */
const DEFAULT_PORTS = { first: 32_768, last: 60_999 };

/** Reads what a plan must know of this machine. */
export function readMachine(): Machine {
  return {
    privileged: writable(`${NETFILTER}/nf_conntrack_max`),
    max: parseUnsigned(readText(`${NETFILTER}/nf_conntrack_max`)),
    buckets: parseUnsigned(readText(`${NETFILTER}/nf_conntrack_buckets`)),
    hostEntries: parseUnsigned(readText(`${NETFILTER}/nf_conntrack_count`)),
    ephemeralPorts: parsePortRange(readText("/proc/sys/net/ipv4/ip_local_port_range")) ?? DEFAULT_PORTS,
    openFilesHard: openFilesHard(),
    libc: loadLibc() !== null,
  };
}

/** Host-wide values are writable for root in the initial network namespace only; elsewhere their mode is 0444. */
function writable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Node raises its soft limit to the hard one when it starts, so the hard limit is what counts. */
function openFilesHard(): number {
  const limit = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(readText("/proc/self/limits"))?.[1];
  return limit === undefined || limit === "unlimited" ? 1_048_576 : Number(limit);
}
