import type { Timeline } from "./timeline.ts";
import { plural } from "./words.ts";

/** Entries that the fills of a run wrote into the table through ctnetlink: no packet earned them. */
export function insertedEntries({ filled }: Timeline): number {
  return filled.reduce((sum, { inserted = [] }) => sum + inserted.reduce((group, { entries }) => group + entries, 0), 0);
}

/** Protocols of the entries that were inserted. */
export function insertedProtocols({ filled }: Timeline): string[] {
  return filled.flatMap(({ inserted = [] }) => inserted.map(({ protocol }) => protocol));
}

/** "260,833 entries were inserted, not earned by traffic"; null where none was. */
export function insertedLabel(entries: number): string | null {
  return entries === 0 ? null : `${plural(entries, "entry was", "entries were")} inserted, not earned by traffic`;
}
