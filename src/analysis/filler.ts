import type { CompositionRecord } from "../store/event-records.ts";
import type { Summary } from "./summary.ts";

/** The dump that shows a full table best: at the first EPERM, or after the last load. */
export function compositionAtFull(compositions: readonly CompositionRecord[]): CompositionRecord | undefined {
  return compositions.find(({ moment }) => moment === "onset") ?? compositions.find(({ moment }) => moment === "end");
}

/** The largest group of entries, with its share of all; null where nobody counted, or the table was empty. */
export function fillerOf(compositions: readonly CompositionRecord[]): Summary["table"]["filler"] {
  const groups = compositionAtFull(compositions)?.groups ?? [];
  const entries = groups.reduce((sum, group) => sum + group.entries, 0);
  const [first, ...others] = groups;
  if (first === undefined || entries === 0) return null;
  const largest = others.reduce((most, group) => (group.entries > most.entries ? group : most), first);
  return { protocol: largest.protocol, state: largest.state, assured: largest.assured, share: largest.entries / entries };
}

/** "TCP TIME_WAIT, ASSURED". */
export function fillerName({ protocol, state, assured }: NonNullable<Summary["table"]["filler"]>): string {
  return `${protocol.toUpperCase()} ${state}, ${assured ? "ASSURED" : "not ASSURED"}`;
}
