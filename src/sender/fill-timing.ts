/** A flow is ASSURED by a packet more than 2 s after its first (nf_conntrack_udp_packet, `stream_ts`); a jiffy more is safe. */
export const ASSURED_AFTER_NS = 2.012e9;
/** How long answers to a fill's queries may take before a flow is asked again, and how often that is done. */
export const PATIENCE_NS = 100e6;
/** How long the first of all answers may take: on a machine that has much else to do the resolver is only late, not gone. */
export const FIRST_PATIENCE_NS = 3e9;
export const REPAIRS = 5;
