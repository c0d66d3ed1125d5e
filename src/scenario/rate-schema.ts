import { z } from "zod";
import { BOUNDS } from "./bounds.ts";
import { pointsProblem } from "./replay.ts";
import { CURVES } from "./shape.ts";
import type { Shape } from "./shape.ts";
import { duration, text } from "./text.ts";
import { parseRate, parseShapeRate } from "./units.ts";

/** A shape as it was typed: a replay may name a file that is not read yet. */
export type TypedShape = Shape | { kind: "replay-file"; file: string };

const shapeRate = () => text(parseShapeRate, "^\\d+(\\.\\d+)?k?/s$", ["2000/s"]);
const time = (example: string) => duration("1ms", "1h", [example]);
const NEVER_SENDS = "never sends anything; write a rate above 0/s";

const ramp = z.strictObject({
  from: shapeRate().describe("Rate at the start"),
  to: shapeRate().describe("Rate at the end, and from then on"),
  over: time("10s").describe("How long it takes; also the load's duration where none is written"),
  curve: z.enum(CURVES).default("linear").describe("linear: the rate changes by the same amount in equal times; exponential: by the same factor"),
}).superRefine(({ from, to, curve }, context) => {
  if (from === 0 && to === 0) context.addIssue({ code: "custom", message: NEVER_SENDS });
  else if (curve === "exponential" && (from === 0 || to === 0)) {
    context.addIssue({ code: "custom", path: [from === 0 ? "from" : "to"], message: "0/s times any factor is 0/s; write 1/s, or curve: linear" });
  }
});

const steps = z.array(z.strictObject({
  rate: shapeRate().describe("Rate of this step; 0/s is a pause"),
  for: time("5s").describe("How long it lasts"),
})).min(1).max(BOUNDS.shapePoints).superRefine((typed, context) => {
  if (typed.length > 0 && typed.every(({ rate }) => rate === 0)) context.addIssue({ code: "custom", message: NEVER_SENDS });
  if (typed.reduce((sum, step) => sum + step.for, 0) > BOUNDS.durationMs) context.addIssue({ code: "custom", message: "last longer than 1h together; shorten them" });
});

const burst = z.strictObject({
  base: shapeRate().describe("Rate between bursts; may be 0/s"),
  peak: shapeRate().describe("Rate of a burst"),
  every: time("5s").describe("From the end of one burst to the end of the next; the first one comes after a time at the base rate"),
  for: time("500ms").describe("How long a burst lasts"),
}).superRefine((typed, context) => {
  if (typed.peak <= typed.base) context.addIssue({ code: "custom", path: ["peak"], message: "is not above the base; write a higher rate" });
  if (typed.for >= typed.every) context.addIssue({ code: "custom", path: ["for"], message: "is not shorter than every; write a shorter time" });
});

const onOff = z.strictObject({
  rate: shapeRate().refine((pps) => pps > 0, { error: NEVER_SENDS }).describe("Rate while it is on"),
  on: time("2s").describe("How long it is on, from the start"),
  off: time("1s").describe("How long it is off then"),
});

const poisson = z.strictObject({
  rate: shapeRate().refine((pps) => pps > 0, { error: NEVER_SENDS }).describe("Mean rate"),
  seed: z.int().min(0).max(2 ** 32 - 1).default(1).describe("The same seed draws the same arrivals"),
});

const point = z.tuple([duration("0ms", "1h", ["0s"]).describe("Time"), shapeRate().describe("Rate")]);
const points = z.array(point).max(BOUNDS.shapePoints).transform((typed) => typed.map(([atMs, ratePps]) => ({ atMs, ratePps }))).superRefine((typed, context) => {
  const problem = pointsProblem(typed);
  if (problem !== null) context.addIssue({ code: "custom", path: problem.index === null ? [] : [problem.index], message: problem.message });
});
const replay = z.union([z.string().min(1).meta({ examples: ["traffic.csv"] }), points]);

const shape = z.strictObject({
  ramp: ramp.optional().describe("From one rate to another, and that one from then on"),
  steps: steps.optional().describe("One rate after another; the last one from then on"),
  burst: burst.optional().describe("A base rate with regular bursts"),
  "on-off": onOff.optional().describe("A rate with regular pauses"),
  poisson: poisson.optional().describe("Independent arrivals: gaps drawn from an exponential distribution"),
  replay: replay.optional().describe("A measured series: points [time, rate], joined by straight lines; or a CSV file with a line `seconds,rate` for each, relative to the scenario"),
}).refine((typed) => Object.keys(typed).length === 1, {
  error: (issue) => `holds ${Object.keys(issue.input as object).length === 0 ? "no shape" : "more than one shape"}; write one of ${SHAPES.join(", ")}`,
}).meta({ minProperties: 1, maxProperties: 1 }).transform((typed): TypedShape => {
  if (typed.ramp) return { kind: "ramp", fromPps: typed.ramp.from, toPps: typed.ramp.to, overMs: typed.ramp.over, curve: typed.ramp.curve };
  if (typed.steps) return { kind: "steps", steps: typed.steps.map((step) => ({ ratePps: step.rate, forMs: step.for })) };
  if (typed.burst) return { kind: "burst", basePps: typed.burst.base, peakPps: typed.burst.peak, everyMs: typed.burst.every, forMs: typed.burst.for };
  if (typed["on-off"]) return { kind: "on-off", ratePps: typed["on-off"].rate, onMs: typed["on-off"].on, offMs: typed["on-off"].off };
  if (typed.poisson) return { kind: "poisson", ratePps: typed.poisson.rate, seed: typed.poisson.seed };
  return typeof typed.replay === "string" ? { kind: "replay-file", file: typed.replay } : { kind: "replay", points: typed.replay ?? [] };
});

/** A number of queries per second, null for unlimited, or a shape. */
export const rate = z.union([text(parseRate, "^(\\d+(\\.\\d+)?k?/s|unlimited)$", ["2000/s", "50k/s", "unlimited"]), shape]);

const SHAPES = ["ramp", "steps", "burst", "on-off", "poisson", "replay"] as const;
/** Shapes that have a length of their own. */
export const ENDING_SHAPES = ["ramp", "steps", "replay"] as const;

/** Whether a rate is a shape with a length of its own; one that has mistakes is still as it was typed. */
export function endsByItself(of: unknown): boolean {
  if (typeof of !== "object" || of === null) return false;
  const keys = "kind" in of ? [String(of.kind).replace("-file", "")] : Object.keys(of);
  return ENDING_SHAPES.some((key) => keys.includes(key));
}

/** Keys that the blocks of a shape may hold, by the name of the block. */
export const SHAPE_KEYS: Record<string, readonly string[]> = {
  rate: SHAPES,
  ramp: Object.keys(ramp.shape),
  steps: Object.keys(steps.element.shape),
  burst: Object.keys(burst.shape),
  "on-off": Object.keys(onOff.shape),
  poisson: Object.keys(poisson.shape),
};
