import type { Bin } from "../../analysis/bins.ts";
import type { ToldRun } from "../../analysis/told-run.ts";
import { NS_PER_S } from "../../clock.ts";

/** Of these nothing is known where nobody watched the senders. */
const SENDERS: ReadonlySet<string> = new Set(["attempted", "sent", "eperm", "other_failed", "answered"]);

/** The columns of the timeline, in order. Counters are what happened within the bin; unknown is an empty cell. */
const COLUMNS: Record<string, (bin: Bin) => number | null> = {
  entries: ({ count }) => count,
  max: ({ max }) => max,
  occupancy: ({ count, max }) => (count === null || max === null || max === 0 ? null : Number((count / max).toFixed(6))),
  attempted: ({ attempted }) => attempted,
  sent: ({ sent }) => sent,
  eperm: ({ eperm }) => eperm,
  other_failed: ({ otherFailed }) => otherFailed,
  answered: ({ answered }) => answered,
  drop: ({ drop }) => drop,
  early_drop: ({ earlyDrop }) => earlyDrop,
  insert_failed: ({ insertFailed }) => insertFailed,
  chain_too_long: ({ chainTooLong }) => chainTooLong,
};

/** The timeline as CSV (RFC 4180, but with plain line feeds), a row a bin: its start and length in seconds, its phase, its counts. */
export function renderCsv({ summary, timeline }: ToldRun): string {
  const { bins, binNs, phases } = timeline;
  const kinds = new Map(phases.map(({ phase, kind }) => [phase, `${phase} ${kind}`]));
  const rows = bins.map((bin, index) => [
    ((index * binNs) / NS_PER_S).toFixed(1),
    (binNs / NS_PER_S).toFixed(1),
    bin.phase === null ? "" : (kinds.get(bin.phase) ?? ""),
    ...Object.entries(COLUMNS).map(([name, of]) => (summary.watch !== null && SENDERS.has(name) ? "" : (of(bin) ?? ""))),
  ]);
  return `${[["start_s", "length_s", "phase", ...Object.keys(COLUMNS)], ...rows].map((cells) => cells.join(",")).join("\n")}\n`;
}
