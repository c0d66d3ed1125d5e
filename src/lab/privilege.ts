import fs from "node:fs";

const CAP_SYS_ADMIN = 21;
const CAP_NET_ADMIN = 12;

/** Whether this process holds the capabilities to make network namespaces without a user namespace of its own. */
export function canUnshare(): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readText("/proc/self/status"))?.[1] ?? "0"}`);
  const has = (capability: number): boolean => ((effective >> BigInt(capability)) & 1n) === 1n;
  return has(CAP_SYS_ADMIN) && has(CAP_NET_ADMIN);
}

/** The text of a file, or nothing where it cannot be read. */
export function readText(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
