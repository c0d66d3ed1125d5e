import type { Histogram } from "hdr-histogram-js";
import { NS_PER_S } from "../../clock.ts";
import { mergeBins } from "../bins.ts";
import type { Bin } from "../bins.ts";
import { tableSamples, tableWithin } from "../curves.ts";
import { emptyHistogram, percentileCurve, tickPercentileMs } from "../latency.ts";
import { endOf } from "../phases.ts";
import { loadsOf, MOST_LOAD_BINS } from "../timeline.ts";
import type { ToldRun } from "../told-run.ts";
import type { RunGroup } from "./compared-run.ts";
import { runResponse } from "./response.ts";
import type { RunResponse } from "./response.ts";

/** A run as it is laid over others: its bins from the beginning of its first load on, the table in question in them. */
export interface RunCurves {
  stepNs: number;
  bins: Bin[];
  /** Latencies of all loads together, in microseconds. */
  latency: Histogram;
  response: RunResponse;
}

/** What is drawn of each step of time, from a run's bin and the step's length in seconds. */
const CURVES = {
  occupancy: ({ count, max }) => (count === null || max === null || max === 0 ? null : count / max),
  answered: ({ answered }, stepS) => answered / stepS,
  eperm: ({ eperm }, stepS) => eperm / stepS,
  drop: ({ drop }, stepS) => (drop === null ? null : drop / stepS),
  p99: ({ latenciesUs }) => (latenciesUs === null ? null : tickPercentileMs(latenciesUs, 99)),
} as const satisfies Record<string, (bin: Bin, stepS: number) => number | null>;
export type CurveName = keyof typeof CURVES;

/** The runs of a group at each step: the middle one, the lowest and the highest; null where none is known. */
interface Spread {
  middle: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

export interface GroupCurves {
  name: string;
  /** Runs that could be drawn. */
  runs: number;
  curves: Record<CurveName, Spread>;
  /** Of all runs together. */
  percentiles: { percentile: number; ms: number }[];
}

/** Reduces a run, which was summarized to be `overlaid`, to what is laid over others; null where there is no load. */
export function runCurves({ latency, summary, timeline }: Pick<ToldRun, "latency" | "summary" | "timeline">): RunCurves | null {
  const last = loadsOf(timeline).at(-1);
  if (last === undefined || timeline.loadBins === null) return null;
  const { loadBins: { binNs, bins: counted, startNs }, endNs } = timeline;
  const spanNs = endOf(last, endNs) - startNs;
  let each = 1;
  while (spanNs / (each * binNs) > MOST_LOAD_BINS) each *= 2;
  const stepNs = each * binNs;
  const samples = tableSamples(timeline);
  const bins = Array.from({ length: Math.max(1, Math.ceil(spanNs / stepNs)) }, (_, step) => {
    const fromNs = startNs + step * stepNs;
    return { ...mergeBins(counted.slice(step * each, (step + 1) * each)), ...tableWithin(samples, { fromNs, toNs: fromNs + stepNs }) };
  });
  return { stepNs, bins, latency, response: runResponse({ summary, timeline }) };
}

/** Lays groups of runs over each other, in steps that begin with the load; groups of which no run can be drawn are left out. */
export function overlayGroups(groups: readonly RunGroup[]): { atS: number[]; groups: GroupCurves[] } {
  const drawable = groups.map(({ name, runs }) => ({ name, runs: runs.flatMap(({ curves }) => curves ?? []) })).filter(({ runs }) => runs.length > 0);
  const stepNs = Math.max(0, ...drawable.flatMap(({ runs }) => runs.map((run) => run.stepNs)));
  const widened = drawable.map(({ name, runs }) => ({ name, runs, bins: runs.map((run) => widen(run, stepNs)) }));
  const steps = Math.max(0, ...widened.flatMap(({ bins }) => bins.map(({ length }) => length)));
  return {
    atS: Array.from({ length: steps }, (_, step) => (step * stepNs) / NS_PER_S),
    groups: widened.map(({ bins, name, runs }) => ({
      name,
      runs: runs.length,
      curves: {
        occupancy: spreadOf("occupancy", bins, { steps, stepNs }),
        answered: spreadOf("answered", bins, { steps, stepNs }),
        eperm: spreadOf("eperm", bins, { steps, stepNs }),
        drop: spreadOf("drop", bins, { steps, stepNs }),
        p99: spreadOf("p99", bins, { steps, stepNs }),
      },
      percentiles: percentileCurve(together(runs)),
    })),
  };
}

/** Steps are powers of two of each other. */
function widen({ bins, stepNs }: RunCurves, toNs: number): Bin[] {
  const each = toNs / stepNs;
  return Array.from({ length: Math.ceil(bins.length / each) }, (_, step) => mergeBins(bins.slice(step * each, (step + 1) * each)));
}

function spreadOf(name: CurveName, runs: readonly (readonly Bin[])[], { steps, stepNs }: { steps: number; stepNs: number }): Spread {
  const spread: Spread = { middle: [], low: [], high: [] };
  for (let step = 0; step < steps; step += 1) {
    const values = runs.flatMap((bins) => {
      const bin = bins[step];
      return bin === undefined ? [] : (CURVES[name](bin, stepNs / NS_PER_S) ?? []);
    });
    values.sort((a, b) => a - b);
    spread.middle.push(medianOf(values));
    spread.low.push(values[0] ?? null);
    spread.high.push(values.at(-1) ?? null);
  }
  return spread;
}

function medianOf(sorted: readonly number[]): number | null {
  const [below, above] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return below === undefined || above === undefined ? null : (below + above) / 2;
}

function together(runs: readonly RunCurves[]): Histogram {
  const sum = emptyHistogram();
  for (const { latency } of runs) sum.add(latency);
  return sum;
}
