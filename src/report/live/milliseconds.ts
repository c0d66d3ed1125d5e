import { tally } from "../../analysis/words.ts";

/** A latency to three digits: "0.12 ms"; null, without an answer, as "-". */
export function milliseconds(value: number | null): string {
  if (value === null) return "-";
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : tally(value)} ms`;
}
