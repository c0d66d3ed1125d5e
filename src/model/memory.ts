/**
 * Between an entry without extensions (a slab object of 256 bytes, measured on 6.18, x86-64) and one with (another 128 at
 * least: `NF_CT_EXT_PREALLOC` in nf_conntrack_extend.c; NAT, accounting, labels, event caches).
 */
const ENTRY_BYTES = 320;
/** One `struct hlist_nulls_head`: a pointer. */
const BUCKET_BYTES = 8;

/**
 * About how many bytes of kernel memory a table takes that holds `entries` and is hashed into `buckets`.
 *
 * Source: `nf_conntrack_init_start` (`kmem_cache_create("nf_conntrack", sizeof(struct nf_conn), ...)`) and
 * `nf_ct_alloc_hashtable` in net/netfilter/nf_conntrack_core.c; 64-bit machines. An estimate: 256 to 384 bytes an entry.
 */
export function tableMemoryBytes({ entries, buckets }: { entries: number; buckets: number }): number {
  return entries * ENTRY_BYTES + buckets * BUCKET_BYTES;
}
