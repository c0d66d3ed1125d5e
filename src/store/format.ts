import { NS_PER_MS } from "../clock.ts";

// What writers and readers of stored runs agree on. Apart from the schemas, whose library a process that only writes need not load.

/** Of the records in record-schemas.ts and event-records.ts. */
export const SCHEMA_VERSION = 1;

/** How often a sender thread reports what it did. */
export const TICK_NS = 100 * NS_PER_MS;

/** The histograms of latency.hlog hold whole microseconds. */
export const LATENCY_UNITS_PER_MS = 1000;
