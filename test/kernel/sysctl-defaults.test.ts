import { expect, it } from "vitest";
import { sysctlDefault } from "../../src/kernel/sysctl-defaults.ts";

const GIB = 2 ** 30;

it.each([
  ["net.netfilter.nf_conntrack_udp_timeout", 8 * GIB, "30"],
  ["nf_conntrack_udp_timeout_stream", 8 * GIB, "120"],
  ["nf_conntrack_tcp_timeout_established", 8 * GIB, "432000"],
  // 64 bits: above 4 GiB, above 1 GiB, and by the memory below that.
  ["nf_conntrack_max", 25_276_514_304, "262144"],
  ["nf_conntrack_buckets", 4 * GIB, "65536"],
  ["nf_conntrack_buckets", GIB / 2, "4096"],
  ["nf_conntrack_buckets", GIB / 64, "1024"],
  ["nf_conntrack_helper", 8 * GIB, null],
])("%s with %i bytes: %s", (name, memoryBytes, value) => {
  expect(sysctlDefault(name, memoryBytes)).toBe(value);
});
