import type { ToldRun } from "../../analysis/told-run.ts";
import { LATENCY_UNITS_PER_MS } from "../../store/format.ts";

/** Steps for each halving of the distance to 100 %, as HdrHistogram's own tools write them. */
const TICKS_PER_HALF = 5;
/** "#[Max     =       40.000" of the text's last lines, and how wide the number is. */
const MAX = /^(#\[Max +=)( *[\d.]+)/m;

/** The latency distribution in HdrHistogram's `.hgrm` text: milliseconds, percentile, count, 1/(1-percentile). */
export function renderPercentiles({ latency }: ToldRun): string {
  const text = latency.outputPercentileDistribution(TICKS_PER_HALF, LATENCY_UNITS_PER_MS);
  if (latency.totalCount === 0) return text;
  // As HdrHistogram in Java writes it: the upper end of a bucket, like every value above it. The library gives its lower end.
  const max = (latency.getValueAtPercentile(100) / LATENCY_UNITS_PER_MS).toFixed(latency.numberOfSignificantValueDigits);
  return text.replace(MAX, (_, label: string, number: string) => label + max.padStart(number.length));
}
