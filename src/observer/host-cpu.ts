import fs from "node:fs";
import { parseHostCpuTime } from "../kernel/cpu-time.ts";
import type { HostCpuTime } from "../kernel/cpu-time.ts";

/** Time that all CPUs spent in the kernel since boot, for everybody; null where /proc/stat cannot be read. */
export function readHostCpuTime(): HostCpuTime | null {
  try {
    return parseHostCpuTime(fs.readFileSync("/proc/stat", "utf8"));
  } catch {
    return null;
  }
}
