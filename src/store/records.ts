import type { z } from "zod";
import { NS_PER_MS } from "../clock.ts";
import type { columnsRecord, failureRecord, kernelLogRecord, kernelRecord, runRecord, sampleRecord, senderRecord, tickRecord } from "./record-schemas.ts";

// What a run needs to know of the records it stores. Apart from their schemas, as zod takes a tenth of a second to load.

export const SCHEMA_VERSION = 1;

/** How often a sender thread reports what it did. */
export const TICK_NS = 100 * NS_PER_MS;

/** The histograms of latency.hlog hold whole microseconds. */
export const LATENCY_UNITS_PER_MS = 1000;

export type TickRecord = z.infer<typeof tickRecord>;
export type FailureRecord = z.infer<typeof failureRecord>;
export type SenderRecord = z.infer<typeof senderRecord>;
export type SampleRecord = z.infer<typeof sampleRecord>;
export type ColumnsRecord = z.infer<typeof columnsRecord>;
export type KernelLogRecord = z.infer<typeof kernelLogRecord>;
export type KernelRecord = z.infer<typeof kernelRecord>;
export type RunRecord = z.infer<typeof runRecord>;
