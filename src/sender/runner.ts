import type { Clock } from "../clock.ts";
import type { SenderRecord } from "../store/records.ts";
import type { LoadHistograms } from "./protocol.ts";

/** What a sender thread gives its job. */
export interface SenderContext {
  thread: number;
  clock: Clock;
  stopped: () => boolean;
  emit: (records: SenderRecord[]) => void;
}

/** A prepared job: begins at `startNs`; resolves with what its queries took, null after a fill. */
export type Runner = (startNs: number) => Promise<LoadHistograms | null>;
