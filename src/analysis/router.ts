import { known } from "./samples.ts";
import type { Summary } from "./summary.ts";
import type { Timeline } from "./timeline.ts";
import { changeOver, loadWindows } from "./windows.ts";

const FULL = 0.999;

/** The router's table over the load phases; null where there was no router, or nothing was sampled there. */
export function observeRouter(timeline: Timeline): Summary["router"] {
  const samples = timeline.router;
  if (samples === null || samples.length === 0) return null;
  let peak: number | null = null;
  let max: number | null = null;
  let full: boolean | null = null;
  const windows = loadWindows(timeline);
  for (let index = 0; index < samples.length; index += 1) {
    const atNs = samples.atNs[index] ?? 0;
    max = known(samples.max, index) ?? max;
    if (!windows.some(({ fromNs, toNs }) => atNs >= fromNs && atNs <= toNs)) continue;
    const count = known(samples.count, index);
    if (count === null) continue;
    peak = Math.max(peak ?? 0, count);
    if (max !== null) full = full === true || count >= FULL * max;
  }
  return {
    peak,
    max,
    drop: changeOver(samples, windows, "drop"),
    full,
  };
}
