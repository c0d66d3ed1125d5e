import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Counter, HostFacts, LoggedLines } from "../analysis/host-facts.ts";
import { MonotonicClock, NS_PER_S } from "../clock.ts";
import { UserError } from "../errors.ts";
import { type ConntrackStat, counterColumns, parseConntrackStat } from "../kernel/conntrack-stat.ts";
import { parseUnsigned } from "../kernel/sysctl.ts";
import { sumOf } from "../kernel/totals.ts";
import { legacyTrackingRules, type TrackingRules, trackingRules } from "../kernel/tracking-rules.ts";
import { ENVIRONMENT } from "../lab/commands.ts";
import { findEntrance } from "../lab/entrance.ts";
import { readSysctls } from "../lab/environment.ts";
import { readMachine } from "../lab/machine.ts";
import { readText } from "../lab/privilege.ts";
import { probeTracking } from "../lab/tracking-probe.ts";
import { loadLibc } from "../libc/library.ts";
import { takeComposition } from "../observer/composition.ts";
import { type PastLines, readPastKernelLog } from "../observer/past-kernel-log.ts";

/** How long the counters are watched. */
const WATCH_MS = 500;
const PROOF = "proving tunings of what is tracked, such as notrack and timeout-policy";
const COMMANDS = [
  { command: "nft", packageName: "nftables", neededFor: "every lab" },
  { command: "ip", packageName: "iproute2", neededFor: "every lab" },
  { command: "unshare", packageName: "util-linux", neededFor: "every lab" },
  { command: "nsenter", packageName: "util-linux", neededFor: "topologies pair and gateway" },
  { command: "unbound", packageName: "unbound", neededFor: "resolver: unbound" },
] as const;

/** Reads all that `diagnose` wants to know. Changes nothing; sends a few empty datagrams to itself over loopback. */
export async function readHostFacts(): Promise<HostFacts> {
  const machine = readMachine();
  const first = readStat();
  const tracks = machine.max === null ? null : await probeTracking();
  await sleep(WATCH_MS);
  const second = readStat();
  const composition = machine.max === null || !machine.hostEntries ? null : await takeComposition({ clock: new MonotonicClock(process.hrtime.bigint()), moment: "start", libc: loadLibc(), namespace: null });
  const log = readPastKernelLog(fs.statSync("/proc/self/ns/net").ino);
  return {
    kernel: os.release(),
    distribution: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readText("/etc/os-release"))?.[1] ?? null,
    virtualization: virtualization(),
    initialNamespace: initialNamespace(),
    max: machine.max,
    buckets: machine.buckets,
    entries: parseUnsigned(readText("/proc/sys/net/netfilter/nf_conntrack_count")),
    tracks,
    rules: readRules(),
    timeoutsS: timeouts(),
    counters: countersOf(first, second),
    watchedMs: WATCH_MS,
    composition: composition?.type === "composition" ? composition.groups : null,
    compositionMissing: composition?.type === "composition-missing" ? composition.why : null,
    ephemeralPorts: machine.ephemeralPorts,
    openFilesHard: machine.openFilesHard,
    kernelLog: log === null ? null : { own: agedLines(log.own), unnamed: agedLines(log.unnamed), others: agedLines(log.others) },
    labRefusal: labRefusal(),
    privileged: machine.privileged,
    libc: machine.libc,
    missingCommands: [...COMMANDS, conntrackFor(machine)].filter(({ command }) => output("sh", ["-c", `command -v ${command}`]) === null),
  };
}

/** Tables are counted by it only where ctnetlink cannot be asked, as the C library cannot be called. */
function conntrackFor({ libc }: { libc: boolean }): HostFacts["missingCommands"][number] {
  return { command: "conntrack", packageName: "conntrack", neededFor: libc ? PROOF : `naming who fills the table, and ${PROOF}` };
}

function agedLines({ lastUs, lines }: PastLines): LoggedLines {
  return { lines, lastAgoS: lastUs === null ? null : Math.max(0, sinceBootS() - lastUs / 1e6) };
}

/** /dev/kmsg counts on CLOCK_MONOTONIC, as hrtime does. */
function sinceBootS(): number {
  return Number(process.hrtime.bigint()) / NS_PER_S;
}

function readStat(): ConntrackStat | null {
  return parseConntrackStat(readText("/proc/net/stat/nf_conntrack"));
}

function countersOf(first: ConntrackStat | null, second: ConntrackStat | null): HostFacts["counters"] {
  const counter = (column: string): Counter | null => {
    if (first === null || second === null || !counterColumns(second.columns).includes(column)) return null;
    const sinceBoot = sumOf(second, column);
    return { sinceBoot, rose: Math.max(0, sinceBoot - sumOf(first, column)) };
  };
  return { drop: counter("drop"), earlyDrop: counter("early_drop"), insertFailed: counter("insert_failed"), chainTooLong: counter("chaintoolong") };
}

function readRules(): TrackingRules | null {
  const nft = output("nft", ["list", "ruleset"]);
  const legacy = output("iptables-legacy-save", []);
  if (nft === null && legacy === null) return null;
  const [one, other] = [trackingRules(nft ?? ""), legacyTrackingRules(legacy ?? "")];
  return { tracking: [...one.tracking, ...other.tracking], notrack: [...one.notrack, ...other.notrack] };
}

function timeouts(): Record<string, number> {
  const PREFIX = "net.netfilter.nf_conntrack_";
  return Object.fromEntries(
    Object.entries(readSysctls()).flatMap(([name, text]) => {
      const seconds = parseUnsigned(text);
      return name.startsWith(PREFIX) && name.includes("timeout") && seconds !== null ? [[name.slice(PREFIX.length), seconds]] : [];
    }),
  );
}

function virtualization(): string | null {
  const told = output("systemd-detect-virt", [])?.trim();
  if (told !== undefined && told !== "" && told !== "none") return told;
  if (fs.existsSync("/.dockerenv")) return "docker";
  return fs.existsSync("/run/.containerenv") ? "podman" : null;
}

function labRefusal(): string | null {
  try {
    findEntrance("loopback");
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function initialNamespace(): boolean | null {
  const first = readLink("/proc/1/ns/net");
  return first === null ? null : first === readLink("/proc/self/ns/net");
}

function readLink(path: string): string | null {
  try {
    return fs.readlinkSync(path);
  } catch {
    return null;
  }
}

/** What a command prints; null where it is missing, refuses, or prints nothing. */
function output(command: string, args: readonly string[]): string | null {
  try {
    const text = execFileSync(command, args, { encoding: "utf8", env: ENVIRONMENT, stdio: ["ignore", "pipe", "ignore"], timeout: 10_000 });
    return text === "" ? null : text;
  } catch {
    return null;
  }
}
