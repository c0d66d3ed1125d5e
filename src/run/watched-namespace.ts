import fs from "node:fs";
import { errnoOf, UserError } from "../errors.ts";
import { run } from "../lab/commands.ts";
import { readEnvironment, readVersions } from "../lab/environment.ts";
import { canUnshare } from "../lab/privilege.ts";
import { loadLibc } from "../libc/library.ts";
import { withinNamespace } from "../libc/namespace.ts";
import { CallError } from "../libc/sockets.ts";
import type { RunRecord } from "../store/records.ts";

/** Whose table is watched, and the way to it. */
export interface WatchedNamespace {
  /** In words: "this network namespace", "network namespace blue", "the network namespace of process 4711". */
  name: string;
  /** A file that setns takes; null for our own namespace, and for one that is only read from outside. */
  file: string | null;
  /** Set where no thread of ours may move into the namespace, and it is read through /proc/PID/net. */
  pid: number | undefined;
}

/** Where `ip netns` keeps them. */
const NAMED = "/run/netns";
const NEEDS_ROOT = "to enter a network namespace needs root (CAP_SYS_ADMIN)";

/**
 * Finds the namespace that the flags name and holds it open, so that it stays the same one whatever becomes of its name or process.
 * Throws UserError where there is none, or it cannot be entered and not be read from outside either.
 */
export function openWatched({ netns, pid }: { netns?: string | undefined; pid?: number | undefined }): WatchedNamespace {
  if (netns !== undefined && pid !== undefined) throw new UserError("--netns and --pid both name a namespace: leave one of the two out");
  if (netns !== undefined) return openNamed(netns);
  if (pid !== undefined) return openOfProcess(pid);
  return { name: "this network namespace", file: null, pid: undefined };
}

function openNamed(netns: string): WatchedNamespace {
  const path = netns.includes("/") ? netns : `${NAMED}/${netns}`;
  const entered = tryToEnter(path);
  switch (entered.errno) {
    case null:
      return { name: `network namespace ${netns}`, file: entered.file, pid: undefined };
    case "ENOENT":
      throw new UserError(`--netns: there is no ${path}; \`ip netns list\` has the names, and --pid PID takes the namespace of a process`);
    case "EACCES":
    case "EPERM":
      throw new UserError(`--netns ${netns}: ${NEEDS_ROOT}; anybody may watch it through a process in it: --pid PID`);
    default:
      throw new UserError(`--netns: ${path} is not a network namespace (${entered.errno}); \`ip netns list\` has the names`);
  }
}

function openOfProcess(pid: number): WatchedNamespace {
  if (!fs.existsSync(`/proc/${pid}/net`)) throw new UserError(`--pid: there is no process ${pid} that can be seen here`);
  const name = `the network namespace of process ${pid}`;
  const entered = tryToEnter(`/proc/${pid}/ns/net`);
  return entered.errno === null ? { name, file: entered.file, pid: undefined } : { name, file: null, pid };
}

/** The file under a name that lasts as long as this process, once a thread has been there and back; or why it could not. */
function tryToEnter(path: string): { file: string; errno: null } | { errno: string } {
  try {
    const file = `/proc/${process.pid}/fd/${fs.openSync(path, "r")}`;
    const libc = loadLibc();
    if (libc !== null) withinNamespace(libc, file, () => {});
    else run("nsenter", [`--net=${file}`, "true"]);
    return { file, errno: null };
  } catch (error) {
    if (error instanceof CallError) return { errno: error.errno };
    // nsenter does not tell an errno.
    if (error instanceof UserError) return { errno: canUnshare() ? "EINVAL" : "EPERM" };
    const errno = errnoOf(error);
    if (errno === null) throw error;
    return { errno };
  }
}

/** `act` with this thread in the watched namespace; null where it cannot be there. */
export function inWatched<T>({ file, pid }: WatchedNamespace, act: () => T): T | null {
  if (pid !== undefined) return null;
  if (file === null) return act();
  const libc = loadLibc();
  return libc === null ? null : withinNamespace(libc, file, act);
}

/** The sysctls that are the same in every namespace. */
const HOST_WIDE = new Set(["net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_buckets"]);

/** The machine and the watched namespace. Of one that cannot be entered only what the whole host shares. */
export function describeWatched(watched: WatchedNamespace, version: string): RunRecord["environment"] {
  const read = (): RunRecord["environment"] => ({ ...readEnvironment({ privilege: canUnshare() ? "root" : "none", version }), versions: readVersions() });
  const environment = inWatched(watched, read);
  if (environment !== null) return environment;
  const ours = read();
  return { ...ours, sysctlsBefore: Object.fromEntries(Object.entries(ours.sysctlsBefore).filter(([name]) => HOST_WIDE.has(name))), ruleset: null };
}
