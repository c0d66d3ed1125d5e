import { plural, tally } from "../analysis/words.ts";
import type { PlannedLoad } from "../plan/plan.ts";
import { peakRate } from "../scenario/shape.ts";

/** Steps that are told one by one; of a longer list only how it is. */
const MOST_STEPS = 6;

/** The rate of a load in words. */
export function rateText({ ratePps, shape }: Pick<PlannedLoad, "ratePps" | "shape">): string {
  if (ratePps === null) return "unlimited rate";
  switch (shape?.kind) {
    case undefined:
      return pps(ratePps);
    case "ramp":
      return `${shape.curve === "exponential" ? "exponential ramp" : "ramp"} from ${pps(shape.fromPps)} to ${pps(shape.toPps)} over ${time(shape.overMs)}`;
    case "steps":
      if (shape.steps.length > MOST_STEPS) return `${plural(shape.steps.length, "step")} of up to ${pps(peakRate(shape))}`;
      return `steps of ${shape.steps.map((step) => `${pps(step.ratePps)} for ${time(step.forMs)}`).join(", ")}`;
    case "burst":
      return `${pps(shape.basePps)} with bursts of ${pps(shape.peakPps)} for ${time(shape.forMs)} every ${time(shape.everyMs)}`;
    case "on-off":
      return `${pps(shape.ratePps)} for ${time(shape.onMs)}, nothing for ${time(shape.offMs)}, again and again`;
    case "poisson":
      return `Poisson arrivals at ${pps(shape.ratePps)} (seed ${shape.seed})`;
    case "replay":
      return `replay of ${plural(shape.points.length, "point")}, up to ${pps(peakRate(shape))}`;
  }
}

/** Milliseconds in the unit a person would type. */
export function time(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}

function pps(rate: number): string {
  return `${Number.isInteger(rate) ? tally(rate) : rate}/s`;
}
