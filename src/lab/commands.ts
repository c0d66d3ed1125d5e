import { execFileSync } from "node:child_process";
import { errnoOf, MachineError, UserError } from "../errors.ts";

/** Administrators' commands are not on every user's PATH. */
export const ENVIRONMENT = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" };

/** Debian's packages of the commands used here. */
const PACKAGES: Record<string, string> = {
  ip: "iproute2",
  nft: "nftables",
  conntrack: "conntrack",
  setpriv: "util-linux",
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "mount",
  unbound: "unbound",
  "iptables-nft": "iptables",
  "iptables-nft-restore": "iptables",
  "iptables-legacy": "iptables",
  "iptables-legacy-restore": "iptables",
};

/**
 * Runs a command to its end and returns what it printed; `variables` are added to its environment. A missing or failing command
 * is a UserError that names it.
 */
export function run(command: string, args: readonly string[], { input, variables = {} }: { input?: string; variables?: Record<string, string> } = {}): string {
  try {
    return execFileSync(command, args, {
      encoding: "utf8",
      env: { ...ENVIRONMENT, ...variables },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: 10_000,
      ...(input === undefined ? {} : { input }),
    });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") throw missing(command);
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    const notEntered = /^nsenter: failed to execute (\S+): No such file/.exec(stderr)?.[1];
    if (notEntered !== undefined) throw missing(notEntered);
    throw new UserError(`${command} ${args.join(" ")}: ${stderr.split("\n")[0] ?? "failed"}`);
  }
}

/** What to say of a command that is not installed. */
export function missing(command: string): MachineError {
  const name = PACKAGES[command] ?? command;
  return new MachineError(`${command} is not installed; run \`npm run setup\`, or install the package ${name}`);
}

/** What went wrong with a command, in words; null when nothing did. */
export function complaintOf(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
