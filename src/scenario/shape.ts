/**
 * A rate that changes over time, all threads together: queries per second, milliseconds. A rate of 0 is a pause.
 * Ramp, steps and replay have a length of their own; beyond it their last rate holds.
 */
export type Shape =
  /** From one rate to another; exponential: by the same factor in equal times. */
  | { kind: "ramp"; fromPps: number; toPps: number; overMs: number; curve: Curve }
  /** One rate after another. */
  | { kind: "steps"; steps: { ratePps: number; forMs: number }[] }
  /** Every `everyMs` the base rate, and then for the last `forMs` of it the peak. */
  | { kind: "burst"; basePps: number; peakPps: number; everyMs: number; forMs: number }
  /** The rate, and then nothing, again and again. */
  | { kind: "on-off"; ratePps: number; onMs: number; offMs: number }
  /** Independent arrivals: gaps drawn from an exponential distribution, the same ones for the same seed. */
  | { kind: "poisson"; ratePps: number; seed: number }
  /** Measured rates, joined by straight lines; the first point is at 0. */
  | { kind: "replay"; points: RatePoint[] };

export const CURVES = ["linear", "exponential"] as const;
export type Curve = (typeof CURVES)[number];

export interface RatePoint {
  atMs: number;
  ratePps: number;
}

/** The highest rate of a shape. */
export function peakRate(shape: Shape): number {
  switch (shape.kind) {
    case "ramp":
      return Math.max(shape.fromPps, shape.toPps);
    case "steps":
      return Math.max(...shape.steps.map(({ ratePps }) => ratePps));
    case "burst":
      return shape.peakPps;
    case "on-off":
    case "poisson":
      return shape.ratePps;
    case "replay":
      return shape.points.reduce((peak, { ratePps }) => Math.max(peak, ratePps), 0);
  }
}

/** How long a shape lasts by itself; null for those that go on as they are. */
export function lengthMs(shape: Shape): number | null {
  switch (shape.kind) {
    case "ramp":
      return shape.overMs;
    case "steps":
      return shape.steps.reduce((sum, { forMs }) => sum + forMs, 0);
    case "replay":
      return shape.points.at(-1)?.atMs ?? 0;
    case "burst":
    case "on-off":
    case "poisson":
      return null;
  }
}
