import { Arena } from "./arena.ts";
import type { Libc } from "./library.ts";

/** Linux's own: the calling thread alone. */
const RUSAGE_THREAD = 1;
/** struct rusage of 64-bit Linux begins with two timevals, ru_utime and ru_stime; each is seconds and microseconds, 64 bit. */
const USAGE_BYTES = 144;
const TIMEVAL_BYTES = 16;

/** CPU time of a thread since it began, in whole microseconds told as nanoseconds. */
export interface ThreadUsage {
  userNs: number;
  systemNs: number;
}

/**
 * Gives a function that reads the CPU time of the thread that calls it; that gives null where the kernel refuses. The sum is
 * exact. Unless the kernel accounts each system call (CONFIG_VIRT_CPU_ACCOUNTING), its timer's ticks divide it: over 1 s with 250
 * ticks the parts are right within some percent.
 *
 * Source: getrusage(2), `cputime_adjust` in kernel/sched/cputime.c.
 */
export function threadUsageReader(libc: Libc): () => ThreadUsage | null {
  const arena = new Arena(libc, USAGE_BYTES);
  const { address, offset } = arena.take(USAGE_BYTES);
  const timeNs = (at: number): number => Number(arena.view.getBigInt64(at, true)) * 1e9 + Number(arena.view.getBigInt64(at + 8, true)) * 1e3;
  return () => (libc.getrusage(RUSAGE_THREAD, address) === 0 ? { userNs: timeNs(offset), systemNs: timeNs(offset + TIMEVAL_BYTES) } : null);
}
