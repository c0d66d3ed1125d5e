import { type Bin, emptyBin, mergePairs } from "./bins.ts";
import { known } from "./samples.ts";

/** What samples say of a bin. */
const FIELDS = ["count", "max", "drop", "earlyDrop", "insertFailed", "chainTooLong"] as const;

/** The samples' part of bins, field by field; NaN where nothing is known. As arrays they pass from one thread to another without a copy. */
export interface KernelBins {
  binNs: number;
  values: Record<(typeof FIELDS)[number], Float64Array>;
}

interface Binned {
  binNs: number;
  bins: Bin[];
}

/** The samples' part of these bins. */
export function kernelBinsOf({ binNs, bins }: Binned): KernelBins {
  const list = (): Float64Array => new Float64Array(bins.length);
  const values = { count: list(), max: list(), drop: list(), earlyDrop: list(), insertFailed: list(), chainTooLong: list() };
  for (const [index, bin] of bins.entries()) {
    for (const field of FIELDS) values[field][index] = bin[field] ?? Number.NaN;
  }
  return { binNs, values };
}

/** Bins of ticks and of samples as one; of two widths the greater, which is the other times a power of two. The bins of `ticks` are taken over. */
export function withKernelBins(ticks: Binned, kernel: KernelBins): Binned {
  if (kernel.binNs < ticks.binNs) return withKernelBins(ticks, kernelBinsOf(inPairs({ binNs: kernel.binNs, bins: filled([], kernel) })));
  if (kernel.binNs > ticks.binNs) return withKernelBins(inPairs(ticks), kernel);
  return { binNs: ticks.binNs, bins: filled(ticks.bins, kernel) };
}

/** Sets what samples say of each bin, and adds bins that are lacking. */
function filled(bins: Bin[], { values }: KernelBins): Bin[] {
  for (let index = 0; index < values.count.length; index += 1) {
    const bin = (bins[index] ??= emptyBin());
    for (const field of FIELDS) bin[field] = known(values[field], index);
  }
  return bins;
}

function inPairs({ binNs, bins }: Binned): Binned {
  return { binNs: binNs * 2, bins: mergePairs(bins) };
}
