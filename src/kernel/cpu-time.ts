/** CPU time so far, as the kernel tells it. Ticks are USER_HZ: 10 ms on every architecture that Node runs on. */
export interface CpuReading {
  userTicks: number;
  systemTicks: number;
  /** Nanoseconds on a CPU; null where the kernel keeps no schedstat. */
  onCpuNs: number | null;
}

/** CPU time of some work: in the program, and in the kernel on its behalf. */
export interface CpuTime {
  userNs: number;
  systemNs: number;
}

const NS_PER_TICK = 1e7;
/** After the name: state is field 3, utime 14, stime 15. */
const UTIME = 11;
const STIME = 12;
/** Columns of the line `cpu` of /proc/stat. */
const SYSTEM = 2;
const SOFTIRQ = 6;

/**
 * Reads /proc/thread-self/stat and /proc/thread-self/schedstat (null where there is none); null when the first is not one.
 *
 * Source: `do_task_stat` in fs/proc/array.c, `proc_pid_schedstat` in fs/proc/base.c.
 */
export function parseCpuReading(stat: string, schedstat: string | null): CpuReading | null {
  // The name may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).trim().split(" ");
  const userTicks = whole(fields[UTIME]);
  const systemTicks = whole(fields[STIME]);
  if (!stat.includes(")") || userTicks === null || systemTicks === null) return null;
  return { userTicks, systemTicks, onCpuNs: whole(schedstat?.trim().split(" ")[0]) };
}

/**
 * The CPU time between two readings; null where it cannot be told. schedstat counts nanoseconds but does not tell program
 * from kernel, stat does in ticks: their share divides those nanoseconds.
 */
export function cpuTimeBetween(before: CpuReading, after: CpuReading): CpuTime | null {
  const userTicks = after.userTicks - before.userTicks;
  const systemTicks = after.systemTicks - before.systemTicks;
  const ticks = userTicks + systemTicks;
  if (userTicks < 0 || systemTicks < 0 || ticks === 0) return null;
  const totalNs = before.onCpuNs === null || after.onCpuNs === null ? ticks * NS_PER_TICK : after.onCpuNs - before.onCpuNs;
  const systemNs = Math.round(totalNs * (systemTicks / ticks));
  return { userNs: totalNs - systemNs, systemNs };
}

/**
 * The same between two readings of getrusage(2), which are exact in their sum. Null for less than a tick, as ticks divide it: the
 * kernel would call all of it program, or all of it kernel.
 */
export function usageBetween(before: CpuTime, after: CpuTime): CpuTime | null {
  const [userNs, systemNs] = [after.userNs - before.userNs, after.systemNs - before.systemNs];
  return userNs + systemNs < NS_PER_TICK ? null : { userNs, systemNs };
}

/** Time in the kernel, all CPUs and everybody's work together. */
export interface HostCpuTime {
  systemNs: number;
  softirqNs: number;
}

/** Reads the totals of /proc/stat; null when it is not one. Softirq time is beside system time there, not within it. */
export function parseHostCpuTime(text: string): HostCpuTime | null {
  const columns = /^cpu +(.*)$/m.exec(text)?.[1]?.split(" ");
  const system = whole(columns?.[SYSTEM]);
  const softirq = whole(columns?.[SOFTIRQ]);
  return system === null || softirq === null ? null : { systemNs: system * NS_PER_TICK, softirqNs: softirq * NS_PER_TICK };
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
