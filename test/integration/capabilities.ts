import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { describe } from "vitest";

type Body = () => void;

/** Describes tests that need a lab: namespaces (as root or by a user namespace), nft and conntrack. */
export function describeLab(name: string, body: Body): void {
  describeWith(name, lackForLab(), body);
}

/** Describes tests that set host-wide values, which needs root in the host's own namespace. */
export function describeHost(name: string, body: Body): void {
  describeWith(name, lackForLab() ?? lackForHost(), body);
}

/** Describes tests that need a program beside those of a lab. */
export function describeProgram(name: string, program: string, body: Body): void {
  describeWith(name, spawnSync("sh", ["-c", `command -v ${program}`]).status === 0 ? null : `${program} is not installed`, body);
}

/** In CI a missing capability fails; elsewhere it skips and says why. */
function describeWith(name: string, lack: string | null, body: Body): void {
  if (lack === null || process.env["CI"]) describe(name, body);
  else describe.skip(`${name} (skipped: ${lack})`, body);
}

function lackForLab(): string | null {
  if (!fs.existsSync("/proc/sys/net/netfilter/nf_conntrack_max")) return "nf_conntrack is not loaded";
  const trial = spawnSync("unshare", [...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]), "--net", "--mount", "true"]);
  if (trial.status !== 0) return "namespaces cannot be made here";
  const missing = ["nft", "conntrack", "ip"].find((command) => spawnSync("sh", ["-c", `PATH=$PATH:/usr/sbin:/sbin command -v ${command}`]).status !== 0);
  return missing === undefined ? null : `${missing} is not installed`;
}

function lackForHost(): string | null {
  try {
    fs.accessSync("/proc/sys/net/netfilter/nf_conntrack_max", fs.constants.W_OK);
    return null;
  } catch {
    return "host-wide values need root in the host's own network namespace";
  }
}
