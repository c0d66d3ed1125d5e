import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { UserError } from "../errors.ts";
import type { RunRecord } from "../store/records.ts";
import { run } from "./commands.ts";
import type { Privilege } from "./entrance.ts";
import { readText } from "./privilege.ts";

type Environment = RunRecord["environment"];
const NETFILTER = "/proc/sys/net/netfilter";

/** Describes the machine and the client's namespace, as it is now, but for the versions of commands. `version` is tablefull's own. */
export function readEnvironment({ privilege, version }: { privilege: Privilege; version: string }): Environment {
  return {
    tablefull: version,
    node: process.version,
    kernel: `${os.release()} ${os.version()}`,
    distribution: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readText("/etc/os-release"))?.[1] ?? null,
    cpu: os.cpus()[0]?.model.trim() || os.arch(),
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    privilege,
    sysctlsBefore: readSysctls(),
    sysctlsAfter: null,
    ruleset: readRuleset(),
    versions: {},
  };
}

/** `nft list ruleset` in this namespace; null where it cannot be read. */
export function readRuleset(): string | null {
  return output("nft", ["list", "ruleset"]);
}

/** Every nf_conntrack sysctl by its full name, in this namespace. */
export function readSysctls(): Record<string, string> {
  let names: string[];
  try {
    names = fs.readdirSync(NETFILTER).filter((name) => name.startsWith("nf_conntrack")).sort();
  } catch {
    return {};
  }
  return Object.fromEntries(names.map((name) => [`net.netfilter.${name}`, readText(path.join(NETFILTER, name)).trim()]));
}

/** The versions of the commands that a run uses: three more processes to start, so they are read when nothing waits for it. */
export function readVersions(): Record<string, string> {
  const commands: [string, string[]][] = [
    ["nft", ["--version"]],
    ["ip", ["-V"]],
    ["conntrack", ["--version"]],
  ];
  return Object.fromEntries(commands.flatMap(([command, args]) => {
    const version = output(command, args)?.trim();
    return version ? [[command, version]] : [];
  }));
}

/** What a command prints, or null where it is missing or refuses: that is a gap in the description, not a failure. */
function output(command: string, args: string[]): string | null {
  try {
    return run(command, args);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
