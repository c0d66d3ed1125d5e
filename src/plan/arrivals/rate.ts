import type { Shape } from "../../scenario/shape.ts";
import type { Arrivals } from "./arrivals.ts";
import { constantArrivals } from "./constant.ts";
import { piecewiseArrivals } from "./piecewise.ts";
import { poissonArrivals } from "./poisson.ts";
import { stretchesOf } from "./stretches.ts";

/** The rate of a load, all threads together: constant, or shaped. */
export interface Rate {
  /** Of a shape its highest. */
  ratePps: number;
  /** Null: constant. */
  shape: Shape | null;
}

export function arrivalsOf({ ratePps, shape }: Rate): Arrivals {
  if (shape === null) return constantArrivals(ratePps);
  if (shape.kind === "poisson") return poissonArrivals(shape);
  return piecewiseArrivals(stretchesOf(shape));
}

/** As `arrivalsOf`, but evenly spaced where they are drawn at random: what a model can reckon with. */
export function meanArrivalsOf(rate: Rate): Arrivals {
  return rate.shape?.kind === "poisson" ? constantArrivals(rate.ratePps) : arrivalsOf(rate);
}
