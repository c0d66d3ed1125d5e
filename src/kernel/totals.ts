import { type ConntrackStat, counterColumns, parseConntrackStat } from "./conntrack-stat.ts";
import { type NetCounters, parseSnmp } from "./snmp.ts";
import { parseUnsigned } from "./sysctl.ts";

/** The kernel's own numbers of a network namespace now. What it does not tell is null, or not there. */
export interface KernelTotals {
  entries: number | null;
  max: number | null;
  buckets: number | null;
  /** Since the namespace began: each counter column summed over the CPUs, whose u32 wrap. */
  stat: Readonly<Record<string, number>>;
  net: NetCounters;
}

/** The texts of the kernel's files; null where one cannot be read. */
export type KernelTexts = Readonly<Record<"count" | "max" | "buckets" | "stat" | "snmp", string | null>>;

export function parseTotals({ buckets, count, max, snmp, stat }: KernelTexts): KernelTotals {
  const parsed = parseConntrackStat(stat ?? "");
  return {
    // A namespace that is read from outside shows its count in `stat` alone.
    entries: count === null ? (parsed?.entries ?? null) : parseUnsigned(count),
    max: parseUnsigned(max ?? ""),
    buckets: parseUnsigned(buckets ?? ""),
    stat: parsed === null ? {} : Object.fromEntries(counterColumns(parsed.columns).map((column) => [column, sumOf(parsed, column)])),
    net: parseSnmp(snmp ?? ""),
  };
}

/** A column of /proc/net/stat/nf_conntrack, summed over the CPUs. */
export function sumOf({ columns, rows, values }: ConntrackStat, column: string): number {
  const at = columns.indexOf(column);
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += values[row * columns.length + at] ?? 0;
  return sum;
}
