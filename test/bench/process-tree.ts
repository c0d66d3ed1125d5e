import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 50;

/** Looks at a process and all below it until `ended`, and gives the most memory that each held (VmHWM), added up, in bytes. */
export async function peakMemory(pid: number, ended: () => boolean): Promise<number> {
  const peaks = new Map<number, number>();
  while (!ended()) {
    for (const member of family(pid)) peaks.set(member, Math.max(peaks.get(member) ?? 0, peakOf(member)));
    await sleep(EVERY_MS);
  }
  return [...peaks.values()].reduce((total, bytes) => total + bytes, 0);
}

/** Time on a CPU of each thread of a process, in nanoseconds, by thread id: proc(5), schedstat. */
export function threadTimes(pid: number): Map<number, number> {
  return new Map(fs.readdirSync(`/proc/${pid}/task`).map((thread) => [Number(thread), Number(readText(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0])]));
}

/** The command line of a process. */
export function commandOf(pid: number): string {
  return readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

/** A process and all below it. */
export function family(pid: number): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`).trim();
  return [pid, ...(children === "" ? [] : children.split(" ").flatMap((child) => family(Number(child))))];
}

function peakOf(pid: number): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** Empty for a process that has ended. */
function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
