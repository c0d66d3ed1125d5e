import type { Clock } from "../clock.ts";
import type { SenderRecord } from "../store/records.ts";

/** What a sender thread gives its job. */
export interface SenderContext {
  thread: number;
  clock: Clock;
  stopped: () => boolean;
  emit: (records: SenderRecord[]) => void;
}

/** A prepared job: begins at `startNs`, resolves with its latencies (HdrHistogram V2, compressed, base64) or null. */
export type Runner = (startNs: number) => Promise<string | null>;
