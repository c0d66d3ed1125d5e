import type { KernelTotals } from "../kernel/totals.ts";
import { type Counter, COUNTERS } from "./samples.ts";

/** What is served at one scrape. */
export interface ServedTotals extends KernelTotals {
  /** Lines of the kernel log that say "table full", since the watch began; null where the log cannot be read. */
  tableFullLines: number | null;
}

export interface Metric {
  /** As Prometheus wants it: lower case, a prefix, `_total` for what only grows. */
  name: string;
  kind: "gauge" | "counter";
  help: string;
  /** Null: unknown, and then not served. */
  of(totals: ServedTotals): number | null;
}

/** Every metric of `watch --prometheus`. Counters are the kernel's own, since the namespace began. */
export const METRICS = {
  entries: { name: "tablefull_conntrack_entries", kind: "gauge", help: "Entries in the connection-tracking table of this namespace.", of: ({ entries }) => entries },
  limit: { name: "tablefull_conntrack_entries_limit", kind: "gauge", help: "Most entries that the table may hold (nf_conntrack_max).", of: ({ max }) => max },
  buckets: { name: "tablefull_conntrack_buckets", kind: "gauge", help: "Hash buckets of the table (nf_conntrack_buckets).", of: ({ buckets }) => buckets },
  drops: counter("drop", "tablefull_conntrack_drops_total", "Packets dropped because no entry could be made: a full table, or a clash (drop)."),
  earlyDrops: counter("earlyDrop", "tablefull_conntrack_early_drops_total", "Entries evicted from a full table to make room for new ones (early_drop)."),
  insertFailed: counter("insertFailed", "tablefull_conntrack_insert_failed_total", "Entries that could not be inserted: their tuple was taken, or their chain too long (insert_failed)."),
  chainTooLong: counter("chainTooLong", "tablefull_conntrack_chain_too_long_total", "Entries refused because their hash chain was too long (chaintoolong)."),
  clashResolved: counter("clashResolved", "tablefull_conntrack_clashes_resolved_total", "Clashes of two entries that were resolved without loss (clash_resolve)."),
  outDiscards: counter("outDiscards", "tablefull_ip_out_discards_total", "Datagrams of this namespace that did not leave, as where send says EPERM (Ip OutDiscards)."),
  sendBuffer: counter("sndbufErrors", "tablefull_udp_send_buffer_errors_total", "Datagrams lost in a full send buffer or queue, and the packets of a fill on loopback, which go no further than the table (Udp SndbufErrors)."),
  receiveBuffer: counter("rcvbufErrors", "tablefull_udp_receive_buffer_errors_total", "Datagrams lost in a full receive buffer (Udp RcvbufErrors)."),
  tableFullLines: {
    name: "tablefull_kernel_log_table_full_lines_total",
    kind: "counter",
    help: "Lines of the kernel log that say that the table is full, since the watch began; the kernel limits them.",
    of: ({ tableFullLines }) => tableFullLines,
  },
} as const satisfies Record<string, Metric>;

export type MetricKey = keyof typeof METRICS;

function counter(key: Counter, name: string, help: string): Metric & { kind: "counter" } {
  const { columns, source } = COUNTERS[key];
  return {
    name,
    kind: "counter",
    help,
    of(totals) {
      const values: Readonly<Record<string, number>> = totals[source];
      const column = columns.find((one) => values[one] !== undefined);
      return column === undefined ? null : (values[column] ?? null);
    },
  };
}
