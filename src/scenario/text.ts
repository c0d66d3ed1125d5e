import { z } from "zod";
import { parseDuration } from "./units.ts";
import type { Parsed } from "./units.ts";

export const DURATION_PATTERN = "^\\d+(\\.\\d+)?(ms|s|m|h)$";

/** A string that `parse` turns into a value, or into a problem at its place. */
export function text<T>(parse: (text: string) => Parsed<T>, pattern: string, examples: string[]) {
  return z.string().meta({ pattern, examples }).transform((typed, context) => {
    const parsed = parse(typed);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: "custom", message: parsed.error });
    return z.NEVER;
  });
}

/** A duration within bounds that are typed as it is, to milliseconds. */
export function duration(least: string, most: string, examples: string[]) {
  const [leastMs, mostMs] = [parseDuration(least), parseDuration(most)];
  const bounded = (typed: string): Parsed<number> => {
    const parsed = parseDuration(typed);
    if (!parsed.ok || !leastMs.ok || !mostMs.ok) return parsed;
    if (parsed.value < leastMs.value) return { ok: false, error: `${typed} is too short; write at least ${least}` };
    if (parsed.value > mostMs.value) return { ok: false, error: `${typed} is too long; write at most ${most}` };
    return parsed;
  };
  return text(bounded, DURATION_PATTERN, examples);
}
