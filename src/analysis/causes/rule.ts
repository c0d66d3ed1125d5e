import type { Evidence } from "../evidence.ts";

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

/** A comparison with something that may be unknown. */
export function compared(value: number | null, test: (value: number) => boolean): boolean | null {
  return value === null ? null : test(value);
}

/** Leaves out what does not apply. */
export function present(...lines: (string | false | null)[]): string[] {
  return lines.filter((line) => typeof line === "string");
}
