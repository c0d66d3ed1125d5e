import { FACTOR } from "./bigger-table.ts";
import type { Tuning } from "./tuning.ts";

export const biggerHash: Tuning = {
  summary: `${FACTOR} times as many buckets for the same entries`,
  changes: `net.netfilter.nf_conntrack_buckets x ${FACTOR}, for the whole host (needs root)`,
  trap: "early drop searches 8 buckets, however many there are: in shorter chains it finds fewer victims, so a full table of flows that are not ASSURED refuses more. While the kernel rehashes, packets wait",
  cost: "8 bytes of kernel memory for each bucket",
  source: "nf_conntrack_hash_resize, early_drop (NF_CT_EVICTION_RANGE)",
  sets: ["nf_conntrack_buckets"],
  table: { buckets: FACTOR },
};
