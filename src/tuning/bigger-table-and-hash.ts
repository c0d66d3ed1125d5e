import { FACTOR } from "./bigger-table.ts";
import type { Tuning } from "./tuning.ts";

export const biggerTableAndHash: Tuning = {
  summary: `room for ${FACTOR} times as many entries, in chains as long as before`,
  changes: `net.netfilter.nf_conntrack_max and nf_conntrack_buckets x ${FACTOR}, for the whole host (needs root)`,
  trap: "flows that come faster than entries expire fill this table too: rate x timeout is what it must hold",
  cost: "about 320 bytes of kernel memory for each entry more and 8 for each bucket; packets wait while the kernel rehashes",
  source: "__nf_conntrack_alloc, nf_conntrack_hash_resize",
  sets: ["nf_conntrack_max", "nf_conntrack_buckets"],
  table: { max: FACTOR, buckets: FACTOR },
};
