import type { Summary } from "../../analysis/summary.ts";
import { fillerName } from "../../analysis/filler.ts";
import { percent, plural, tally } from "../../analysis/words.ts";
import { row } from "../page.ts";
import type { Page } from "../page.ts";

/** Where the EPERM came from: counters against senders, the remainder and who counted it. Empty of a watch, which saw none. */
export function attributionLines({ attribution, table, watch }: Summary, page: Page): string[] {
  if (watch !== null) return [];
  const { byRule, bins, clashResolved, earlyDrop, eperm, insertFailed, remainder, remainderCause } = attribution;
  const lines = [row("EPERM", epermText(attribution), page)];
  if (bins !== null && eperm > 0) {
    const mixed = bins.partly > 0 ? `, ${tally(bins.partly)} in part` : "";
    lines.push(row("by time", `${plural(bins.explained, "time bin")} with EPERM explained${mixed}, ${tally(bins.unexplained)} unexplained`, page));
  }
  // Less than one in a thousand is a matter of stamps, not of causes.
  if (remainder !== null && remainder > eperm / 1000) {
    const by = remainderCause === null ? "nothing that was observed counted it" : `${remainderCause}, which counted ${tally(byRule)}`;
    lines.push(row("remainder", `${tally(remainder)} (${percent(remainder / eperm)}): ${by}`, page));
  }
  const clashes = (clashResolved ?? 0) > 0 ? `, clashes resolved ${tally(clashResolved)}` : "";
  lines.push(row("beside it", `early drop ${tally(earlyDrop)}, insert failed ${tally(insertFailed)}${clashes}`, page));
  if (table.filler !== null) lines.push(fillerLine(table.filler, page));
  return lines;
}

/** The largest group of entries. */
export function fillerLine(filler: NonNullable<Summary["table"]["filler"]>, page: Page): string {
  return row("filled by", `${fillerName(filler)}: ${percent(filler.share)} of the entries`, page);
}

/** "9,001 seen = drop 9,001 + chain too long 0", with the sign that the numbers bear out. */
function epermText({ eperm, drop, chainTooLong, explainedShare }: Summary["attribution"]): string {
  const counted = drop === null ? null : drop + (chainTooLong ?? 0);
  const open = counted === null || (chainTooLong === null && counted < eperm);
  const sign = open ? "?" : counted === eperm ? "=" : eperm < counted ? "<" : ">";
  const chain = chainTooLong === 0 ? "" : ` + chain too long ${tally(chainTooLong)}`;
  const share = explainedShare === null ? "" : ` (${percent(explainedShare)} explained)`;
  return `${tally(eperm)} seen ${sign} drop ${tally(drop)}${chain}${share}`;
}
