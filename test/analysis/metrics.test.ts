import { expect, test } from "vitest";
import { METRICS, type Metric } from "../../src/analysis/metrics.ts";
import { parseTotals } from "../../src/kernel/totals.ts";
import { fixture } from "../kernel/fixtures.ts";

const metrics = Object.values<Metric>(METRICS);

test.each(metrics)("$name has a sound name and says what it is", ({ help, kind, name }) => {
  expect(name).toMatch(/^tablefull_(conntrack|ip|udp|kernel_log)_[a-z]+(_[a-z]+)*$/);
  expect(name.endsWith("_total")).toBe(kind === "counter");
  expect(help).toMatch(/^[A-Z"].+\.$/);
});

test("no name stands for two", () => {
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
});

test("counters are the kernel's, summed over the CPUs", () => {
  const stat = ["entries clashres drop early_drop insert_failed chainlength", "0000000a 00000001 00000002 00000003 00000004 00000005", "0000000a 00000010 00000020 00000030 00000040 00000050", ""].join("\n");
  const snmp = "Ip: OutDiscards\nIp: 7\nUdp: InDatagrams SndbufErrors RcvbufErrors\nUdp: 1 8 9\n";
  const totals = { ...parseTotals({ count: "10\n", max: "4096\n", buckets: "512\n", stat, snmp }), tableFullLines: 3 };
  expect(Object.fromEntries(metrics.map(({ name, of }) => [name, of(totals)]))).toEqual({
    tablefull_conntrack_entries: 10,
    tablefull_conntrack_entries_limit: 4096,
    tablefull_conntrack_buckets: 512,
    tablefull_conntrack_drops_total: 0x22,
    tablefull_conntrack_early_drops_total: 0x33,
    tablefull_conntrack_insert_failed_total: 0x44,
    tablefull_conntrack_chain_too_long_total: 0x55,
    tablefull_conntrack_clashes_resolved_total: 0x11,
    tablefull_ip_out_discards_total: 7,
    tablefull_udp_send_buffer_errors_total: 8,
    tablefull_udp_receive_buffer_errors_total: 9,
    tablefull_kernel_log_table_full_lines_total: 3,
  });
});

test("what cannot be read is unknown, each by itself", () => {
  const nothing = { ...parseTotals({ count: null, max: null, buckets: null, stat: null, snmp: null }), tableFullLines: null };
  expect(metrics.map(({ of }) => of(nothing)).every((value) => value === null)).toBe(true);
});

test("a namespace that is read from outside shows its count in its counters' file", () => {
  expect(parseTotals({ count: null, max: "262144\n", buckets: null, stat: fixture("6.18", "stat"), snmp: null }).entries).toBe(11);
});
