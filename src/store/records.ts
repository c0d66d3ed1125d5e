import type { z } from "zod";
import type { columnsRecord, failureRecord, kernelLogRecord, kernelRecord, runRecord, sampleRecord, senderRecord, tickRecord } from "./record-schemas.ts";

// The records that a run stores, as types. Apart from their schemas, whose library a process that only writes need not load.

export type TickRecord = z.infer<typeof tickRecord>;
export type FailureRecord = z.infer<typeof failureRecord>;
export type SenderRecord = z.infer<typeof senderRecord>;
export type SampleRecord = z.infer<typeof sampleRecord>;
export type ColumnsRecord = z.infer<typeof columnsRecord>;
export type KernelLogRecord = z.infer<typeof kernelLogRecord>;
export type KernelRecord = z.infer<typeof kernelRecord>;
export type RunRecord = z.infer<typeof runRecord>;
