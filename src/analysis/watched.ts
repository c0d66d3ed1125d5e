import type { RunRecord } from "../store/records.ts";
import { known } from "./samples.ts";
import type { Counter } from "./samples.ts";
import type { Summary } from "./summary.ts";
import type { Timeline } from "./timeline.ts";
import { changeOver, loadWindows } from "./windows.ts";

/** What counts as full around a sample: entries come and go while it is read. */
const FULL = 0.99;

/** Of a record of `tablefull watch`, what the senders of a run would tell; null of a run. */
export function watchedOf({ watched }: RunRecord, timeline: Timeline): Summary["watch"] {
  if (watched === undefined) return null;
  const change = (counter: Counter): number | null => changeOver(timeline.samples, loadWindows(timeline), counter);
  return { ...watched, dropWhileFull: dropWhileFull(timeline), outDiscards: change("outDiscards"), outRequests: change("outRequests") };
}

/** Drops between samples of which one saw a full table, or early_drop rose: only a full table evicts. Null where drops are not counted. */
function dropWhileFull({ samples }: Timeline): number | null {
  if (!samples.known.drop) return null;
  const { drop, earlyDrop } = samples.totals;
  const full = (index: number): boolean => {
    const count = known(samples.count, index);
    const max = known(samples.max, index);
    return count !== null && max !== null && count >= FULL * max;
  };
  let sum = 0;
  for (let index = 1; index < samples.length; index += 1) {
    const evicted = (earlyDrop[index] ?? 0) > (earlyDrop[index - 1] ?? 0);
    if (evicted || full(index) || full(index - 1)) sum += (drop[index] ?? 0) - (drop[index - 1] ?? 0);
  }
  return sum;
}
