/**
 * A flow is ASSURED by a packet more than 2 s after its first (nf_conntrack_udp_packet, `stream_ts`), in whole jiffies: one more passes,
 * and the clock that moves on with them may be off by one each time it is read.
 */
export const ASSURED_AFTER_NS = 2e9;
export const ASSURED_AFTER_TICKS = 3;
/** The same for whoever cannot read that clock: jiffies are of 10 ms at most, and 5 late at most (MAX_STALLED_JIFFIES, kernel/time/tick-sched.c). */
export const SURELY_ASSURED_AFTER_NS = 2.06e9;
/**
 * How long flows are opened before the first is answered: a flow without an answer lives `nf_conntrack_udp_timeout`, 30 s by default, and 5 s by
 * our own tunings. A table of 262,144 takes less than a second.
 */
export const OPENING_NS = 1.5e9;
/** How long answers to a fill's queries may take before a flow is asked again, and how often that is done. */
export const PATIENCE_NS = 100e6;
/** How long the first of all answers may take: on a machine that has much else to do the resolver is only late, not gone. */
export const FIRST_PATIENCE_NS = 3e9;
export const REPAIRS = 5;
