import type { ToldRun } from "../../analysis/told-run.ts";
import { LATENCY_UNITS_PER_MS } from "../../store/format.ts";

/** Steps for each halving of the distance to 100 %, as HdrHistogram's own tools write them. */
const TICKS_PER_HALF = 5;

/** The latency distribution in HdrHistogram's `.hgrm` text: milliseconds, percentile, count, 1/(1-percentile). */
export function renderPercentiles({ latency }: ToldRun): string {
  return latency.outputPercentileDistribution(TICKS_PER_HALF, LATENCY_UNITS_PER_MS);
}
