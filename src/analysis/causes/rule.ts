import type { Evidence } from "../evidence.ts";
import { atMost, percent, plural, tally } from "../words.ts";

/** One thing that must be so for a cause to be the verdict. */
interface Condition {
  /** Null: the run does not tell. */
  holds: boolean | null;
  /** What was seen, with numbers; true whether the condition holds or not. */
  seen: string;
  /** What the cause needs, to stand after the word "needs". */
  needs: string;
}

/** What a cause makes of the evidence. It is the verdict when every condition holds. */
export interface Case {
  conditions: Condition[];
  sentence: string;
  /** Evidence beyond the conditions. */
  further: string[];
  against: string[];
  /** Commands that can be typed as they stand; a line that begins with `# ` explains the ones below it. */
  next: string[];
}

export type Rule = (evidence: Evidence) => Case;

type Refusals = Pick<Evidence, "attribution" | "epermShare" | "sends">;

/** The condition of every cause that makes sends fail. */
export function hasEperm(refusals: Refusals): Condition {
  return { holds: refusals.attribution.eperm > 0, seen: epermSeen(refusals), needs: "a send refused with EPERM" };
}

/** "7,681 of 10,000 sends refused with EPERM (76.8 %)". */
export function epermSeen({ attribution: { eperm }, epermShare, sends }: Refusals): string {
  return `${tally(eperm)} of ${plural(sends.attempted, "send")} refused with EPERM (${percent(epermShare)})`;
}

/** "the table's peak was 262,144 of 262,144 (100.0 %)"; `peak` names that of another table. */
export function peakSeen({ peakShare, table }: { peakShare: number | null; table: Pick<Evidence["table"], "max" | "peak"> }, peak = "the table's peak"): string {
  if (table.peak === null) return `${peak} is unknown: no sample of it is stored`;
  return `${peak} was ${tally(table.peak)} of ${tally(table.max)} (${percent(peakShare)})`;
}

/** Of max: from here little room is left. */
const ROOM = 0.95;

/** How a sentence ends about a table in which nothing was lost. Above 100 % max was lowered meanwhile: the entries that are there stay. */
export function occupancySeen(peakShare: number | null, whose = "the table"): string {
  if (peakShare !== null && peakShare > 1) return `max was lowered below the entries that ${whose} held: it was ${percent(peakShare)} full`;
  return `${whose} never held more than ${atMost(peakShare)} of its max`;
}

/** The doubt about a table in which nothing was lost so far. */
export function littleRoom(peakShare: number | null, whose = "the table"): string | null {
  if (peakShare === null || peakShare < ROOM) return null;
  if (peakShare > 1) return "until enough entries have expired a new one finds no room, but in the place of one that is not ASSURED";
  return `${whose} was ${percent(peakShare)} full: ${peakShare === 1 ? "no" : "little"} room is left`;
}

/** A comparison with something that may be unknown. */
export function compared(value: number | null, test: (value: number) => boolean): boolean | null {
  return value === null ? null : test(value);
}

/** Leaves out what does not apply. */
export function present(...lines: (string | false | null)[]): string[] {
  return lines.filter((line) => typeof line === "string");
}
