import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { MachineError, errnoOf } from "../errors.ts";
import type { Topology } from "../scenario/scenario.ts";
import { ENVIRONMENT, missing } from "./commands.ts";
import { canUnshare, readText } from "./privilege.ts";
import { explainRefusal } from "./refusal.ts";

export type Privilege = "root" | "user-namespace" | "none";

/** The way into a lab: the command to put before a program so that it runs in fresh namespaces of its own. */
export interface Entrance {
  prefix: readonly string[];
  privilege: Privilege;
}

/**
 * New network, mount and process namespaces: the last makes the kernel end everything in the lab, a resolver
 * or an exec'd program too, when the lab's first process ends, however it ends.
 */
const NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
/** The kernel also ends the lab when we die, however busy it is. */
const DIE_WITH_US = ["setpriv", "--pdeathsig", "KILL"];

/** Finds the way into a lab and tries it. Throws a MachineError that names the setting in the way. */
export function findEntrance(topology: Topology): Entrance {
  if (topology === "host") return { prefix: [], privilege: "none" };
  const root = canUnshare();
  const prefix = [...DIE_WITH_US, "unshare", ...(root ? [] : ["--user", "--map-root-user"]), ...NAMESPACES];
  const [command = "", ...args] = prefix;
  const trial = spawnSync(command, [...args, "true"], { encoding: "utf8", env: ENVIRONMENT, timeout: 10_000 });
  if (errnoOf(trial.error) === "ENOENT") throw missing(command);
  if (trial.status !== 0) {
    throw new MachineError(
      explainRefusal({
        complaint: trial.stderr.trim() || `unshare ended with ${trial.status ?? trial.signal}`,
        maxUserNamespaces: readText("/proc/sys/user/max_user_namespaces"),
        unprivilegedClone: readText("/proc/sys/kernel/unprivileged_userns_clone"),
        apparmorRestricts: readText("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        seccomp: /^Seccomp:\s*(\d)$/m.exec(readText("/proc/self/status"))?.[1] ?? "",
        root,
      }),
    );
  }
  return { prefix, privilege: root ? "root" : "user-namespace" };
}

/**
 * Starts `script` with this Node inside the lab, with a message channel to it. In a session of its own, so that
 * a Ctrl-C reaches only us: we tell it to stop. When we die the channel closes, and it ends.
 */
export function enter({ prefix }: Entrance, script: string): ChildProcess {
  const [command = process.execPath, ...args] = [...prefix, process.execPath, script];
  return spawn(command, args, { env: ENVIRONMENT, stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced", detached: true });
}
