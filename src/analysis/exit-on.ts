import { type Parsed, parseShare, quote } from "../scenario/units.ts";
import type { WatchTotals } from "./table-meter.ts";
import { percent, plural, tally } from "./words.ts";

/** What ends a watch with an alarm. */
export type ExitOn = { kind: "full" } | { kind: "eperm" } | { kind: "share"; share: number };

/** `full`, `eperm` or `90%`. */
export function parseExitOn(text: string): Parsed<ExitOn> {
  if (text === "full" || text === "eperm") return { ok: true, value: { kind: text } };
  const parsed = parseShare(text);
  if (!text.endsWith("%") || !parsed.ok) return { ok: false, error: `${quote(text)} is none of full, eperm and a share of max; write for example 90%` };
  if (parsed.value === 0) return { ok: false, error: "0% is reached by every table; write for example 90%" };
  return { ok: true, value: { kind: "share", share: parsed.value } };
}

/** The counter that a condition needs and that this kernel does not offer; null where nothing is missing. */
export function unknowable({ kind }: ExitOn, { drop, entries, max }: WatchTotals): string | null {
  if (kind === "eperm") return drop === null ? "the counter drop (/proc/net/stat/nf_conntrack)" : null;
  return entries === null || max === null ? "nf_conntrack_count or nf_conntrack_max" : null;
}

/**
 * What holds of a condition, in one line; null while it does not. Only a full table evicts, so early_drop tells of one that was
 * full between two samples. A watch sees no send: `eperm` is a packet that `drop` counts, and OutDiscards says whose it can be.
 */
export function holds(condition: ExitOn, totals: WatchTotals): string | null {
  const { drop, earlyDrop, max, outDiscards, peak, peakShare } = totals;
  const reached = (share: number): boolean => peakShare !== null && peakShare >= share;
  const peakText = `${tally(peak)} of ${tally(max)} entries (${percent(peakShare)})`;
  switch (condition.kind) {
    case "share":
      return reached(condition.share) ? peakText : null;
    case "full":
      if (reached(1)) return peakText;
      return (earlyDrop ?? 0) > 0 ? `early_drop rose by ${tally(earlyDrop)}: the table was full between two samples (${peakText})` : null;
    case "eperm":
      return (drop ?? 0) > 0 ? `drop rose by ${tally(drop)}; ${whose(outDiscards)}` : null;
  }
}

/** ip_send_skb counts what netfilter refused on its way out: UDP, for which send said EPERM. */
function whose(outDiscards: number | null): string {
  if (outDiscards === null) return "whether a send here got EPERM is unknown (no OutDiscards)";
  if (outDiscards === 0) return "OutDiscards did not move: the packet came from elsewhere, or was TCP, and no send here got EPERM";
  return `OutDiscards by ${tally(outDiscards)}: ${plural(outDiscards, "datagram")} of this namespace's own did not leave, as where send says EPERM`;
}
