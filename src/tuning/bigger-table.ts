import type { Tuning } from "./tuning.ts";

/** Room enough for every fill and load of the scenarios here. */
export const FACTOR = 4;

export const biggerTable: Tuning = {
  summary: `room for ${FACTOR} times as many entries`,
  changes: `net.netfilter.nf_conntrack_max x ${FACTOR}, for the whole host (needs root)`,
  trap: "hash chains grow with the entries while buckets stay: every lookup walks further, and a new flow is refused where a chain is longer than 50 to 80 entries. Entries that never expire fill a bigger table too, only later",
  cost: "about 320 bytes of kernel memory for each entry more, and slower lookups",
  source: "__nf_conntrack_alloc (the limit), __nf_conntrack_confirm (the longest chain)",
  sets: ["nf_conntrack_max"],
  table: { max: FACTOR },
};
