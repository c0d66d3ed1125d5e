import type { Facts, Reading } from "../store/facts.ts";
import { type KernelPart, TimelineFold } from "./timeline.ts";

/** What the client's kernel told, and how its file could be read. */
export interface ReadKernel {
  part: KernelPart;
  reading: Reading;
}

/** Folds the client's kernel records. The events say when loads ran. */
export function readKernel({ events, kernel }: Pick<Facts, "events" | "kernel">): ReadKernel {
  const fold = new TimelineFold([]);
  events((record) => fold.addEvent(record));
  const reading = kernel((record) => fold.addKernel(record));
  return { part: fold.kernelPart(), reading };
}
