import type { Curve, Shape } from "../../scenario/shape.ts";

/** A time over which a rate changes by one rule. */
export interface Stretch {
  /** Infinity for the last one of a shape that ends by holding its rate. */
  lengthS: number;
  fromPps: number;
  toPps: number;
  curve: Curve;
}

/** What a shape is made of, in order; `repeats`: from the beginning again, for ever. */
export interface Stretches {
  stretches: Stretch[];
  repeats: boolean;
}

const MS_PER_S = 1000;

export function stretchesOf(shape: Exclude<Shape, { kind: "poisson" }>): Stretches {
  switch (shape.kind) {
    case "ramp":
      return held([{ lengthS: shape.overMs / MS_PER_S, fromPps: shape.fromPps, toPps: shape.toPps, curve: shape.curve }]);
    case "steps":
      return held(shape.steps.map(({ ratePps, forMs }) => level(ratePps, forMs)));
    case "burst":
      return { stretches: [level(shape.basePps, shape.everyMs - shape.forMs), level(shape.peakPps, shape.forMs)], repeats: true };
    case "on-off":
      return { stretches: [level(shape.ratePps, shape.onMs), level(0, shape.offMs)], repeats: true };
    case "replay":
      return held(
        shape.points.slice(1).map((to, i) => {
          const from = shape.points[i] ?? to;
          return { lengthS: (to.atMs - from.atMs) / MS_PER_S, fromPps: from.ratePps, toPps: to.ratePps, curve: "linear" };
        }),
      );
  }
}

function level(ratePps: number, forMs: number): Stretch {
  return { lengthS: forMs / MS_PER_S, fromPps: ratePps, toPps: ratePps, curve: "linear" };
}

/** A shape that ends by holding its last rate. */
function held(stretches: Stretch[]): Stretches {
  const last = stretches.at(-1)?.toPps ?? 0;
  // Two points of a replay at the same time are a jump.
  const lasting = stretches.filter(({ lengthS }) => lengthS > 0);
  return { stretches: [...lasting, { lengthS: Number.POSITIVE_INFINITY, fromPps: last, toPps: last, curve: "linear" }], repeats: false };
}

/** Queries in the first `elapsedS` seconds of a stretch: the integral of its rate. */
export function queriesIn({ lengthS, fromPps, toPps, curve }: Stretch, elapsedS: number): number {
  if (fromPps === toPps) return fromPps === 0 ? 0 : fromPps * elapsedS;
  if (curve === "linear") return fromPps * elapsedS + (((toPps - fromPps) / lengthS) * elapsedS * elapsedS) / 2;
  const growth = Math.log(toPps / fromPps) / lengthS;
  return (fromPps * Math.expm1(growth * elapsedS)) / growth;
}

/** Seconds from the beginning of a stretch until so many queries are in it: `queriesIn` solved for the time. */
export function secondsUntil(queries: number, { lengthS, fromPps, toPps, curve }: Stretch): number {
  if (queries <= 0) return 0;
  if (fromPps === toPps) return Math.min(lengthS, queries / fromPps);
  if (curve === "linear") {
    const slope = (toPps - fromPps) / lengthS;
    // The root in this form keeps its digits where the slope is small, and holds for a slope from 0/s too.
    const root = fromPps + Math.sqrt(Math.max(0, fromPps * fromPps + 2 * slope * queries));
    return Math.min(lengthS, (2 * queries) / root);
  }
  const growth = Math.log(toPps / fromPps) / lengthS;
  return Math.min(lengthS, Math.log1p(Math.max(-1, (growth * queries) / fromPps)) / growth);
}
