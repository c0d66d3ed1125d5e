import fs from "node:fs";
import { cpuTimeBetween, parseCpuReading, usageBetween } from "../kernel/cpu-time.ts";
import type { CpuReading, CpuTime } from "../kernel/cpu-time.ts";
import type { Libc } from "../libc/library.ts";
import { threadUsageReader } from "../libc/thread-usage.ts";

/**
 * Starts a clock of the CPU time of the calling thread. What it returns gives the time since; null where the kernel does not
 * tell. Without the C library /proc does, in ticks of 10 ms.
 */
export function startCpuClock(libc: Libc | null): () => CpuTime | null {
  return libc === null ? since(readProc, cpuTimeBetween) : since(threadUsageReader(libc), usageBetween);
}

function since<Reading>(read: () => Reading | null, between: (before: Reading, after: Reading) => CpuTime | null): () => CpuTime | null {
  const before = read();
  return () => {
    const after = read();
    return before === null || after === null ? null : between(before, after);
  };
}

function readProc(): CpuReading | null {
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
