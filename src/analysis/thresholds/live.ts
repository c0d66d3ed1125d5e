import { NS_PER_MS, NS_PER_S } from "../../clock.ts";
import type { Threshold, ThresholdMetric } from "../../scenario/thresholds.ts";
import type { KernelRecord, SenderRecord } from "../../store/records.ts";
import { keeps } from "./evaluate.ts";

/** What is known of the load phases while they go on. */
interface Counts {
  attempted: number;
  eperm: number;
  answered: number;
  /** Loads that are over, and the current one until its last record. */
  loadNs: number;
  onsetMs: number | null;
  /** Highest share of max that a sample saw. */
  peakShare: number | null;
}

/** Follows the records that pass by for thresholds that end a run when they are crossed. */
export class ThresholdWatch {
  readonly #thresholds: readonly Threshold[];
  readonly #counts: Counts = { attempted: 0, eperm: 0, answered: 0, loadNs: 0, onsetMs: null, peakShare: null };
  #load: { startNs: number; beforeNs: number } | null = null;

  constructor(thresholds: readonly Threshold[]) {
    this.#thresholds = thresholds.filter(({ abortOnFail }) => abortOnFail);
  }

  beginLoad(atNs: number): void {
    this.#load = { startNs: atNs, beforeNs: this.#counts.loadNs };
  }

  /** Takes records of a load; the first threshold that is crossed now, in words, or null. */
  addSenders(records: readonly SenderRecord[]): string | null {
    const load = this.#load;
    if (load === null) return null;
    const counts = this.#counts;
    for (const record of records) {
      counts.loadNs = Math.max(counts.loadNs, load.beforeNs + record.atNs - load.startNs);
      if (record.type === "failure") {
        if (record.errno === "EPERM") counts.onsetMs ??= (record.atNs - load.startNs) / NS_PER_MS;
        continue;
      }
      const eperm = record.failed["EPERM"] ?? 0;
      counts.attempted += record.attempted;
      counts.eperm += eperm;
      // Only the first failures of a thread are kept whole, and they may be of another kind.
      if (eperm > 0) counts.onsetMs ??= (record.atNs - load.startNs) / NS_PER_MS;
      for (const answers of Object.values(record.answered)) counts.answered += answers;
    }
    return this.#crossed();
  }

  /** Takes samples of the client's table; the first threshold that is crossed now, in words, or null. */
  addKernel(records: readonly KernelRecord[]): string | null {
    for (const record of records) {
      if (record.type !== "sample" || record.count === null || record.max === null || record.max === 0) continue;
      this.#counts.peakShare = Math.max(this.#counts.peakShare ?? 0, record.count / record.max);
    }
    return this.#crossed();
  }

  #crossed(): string | null {
    for (const threshold of this.#thresholds) {
      if (this.#counts.loadNs < threshold.delayAbortEvalMs * NS_PER_MS) continue;
      const value = LIVE[threshold.metric]?.(this.#counts, threshold) ?? null;
      if (value !== null && !keeps(value, threshold)) return `the threshold ${threshold.metric}: ${threshold.text} was crossed, at ${Number(value.toPrecision(4))}`;
    }
    return null;
  }
}

/** Values so far; null as long as a threshold may still be kept. */
const LIVE: Partial<Record<ThresholdMetric, (counts: Counts, threshold: Threshold) => number | null>> = {
  eperm_share: ({ attempted, eperm }) => (attempted === 0 ? null : eperm / attempted),
  peak_occupancy: ({ peakShare }, { operator }) => (mayStillRise(operator) ? null : peakShare),
  onset: ({ onsetMs }) => onsetMs,
  answered: ({ answered, attempted, loadNs }, { aggregation, operator }) => {
    if (aggregation === "count") return mayStillRise(operator) ? null : answered;
    return attempted === 0 || loadNs === 0 ? null : answered / (loadNs / NS_PER_S);
  },
};

/** What only grows can still reach a bound from below. */
function mayStillRise(operator: Threshold["operator"]): boolean {
  return operator !== "<" && operator !== "<=";
}
