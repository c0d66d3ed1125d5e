import fs from "node:fs";
import { cpuTimeBetween, parseCpuReading } from "../kernel/cpu-time.ts";
import type { CpuReading, CpuTime } from "../kernel/cpu-time.ts";

/** Starts a clock of the CPU time of the calling thread. What it returns gives the time since; null where /proc does not tell. */
export function startCpuClock(): () => CpuTime | null {
  const before = read();
  return () => {
    const after = read();
    return before === null || after === null ? null : cpuTimeBetween(before, after);
  };
}

function read(): CpuReading | null {
  const stat = readIfPresent("/proc/thread-self/stat");
  return stat === null ? null : parseCpuReading(stat, readIfPresent("/proc/thread-self/schedstat"));
}

function readIfPresent(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
