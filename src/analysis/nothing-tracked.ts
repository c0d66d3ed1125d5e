import { trackingRules } from "../kernel/tracking-rules.ts";
import { plural } from "./words.ts";

/** What a watch saw of a table. Counters are changes over it; null is unknown. */
interface Watched {
  peak: number | null;
  drop: number | null;
  earlyDrop: number | null;
  insertFailed: number | null;
  /** IPv4 packets that the namespace itself sent. */
  outRequests: number | null;
  /** Its `nft list ruleset`; null where it could not be read. */
  ruleset: string | null;
}

/** Why nothing can have been tracked, and whether packets are the proof; null where the facts do not prove it. */
export interface NothingTracked {
  why: string;
  byPackets: boolean;
}

/**
 * Whether a namespace that was watched tracks nothing. A tracked packet leaves an entry that outlasts the time between two samples, or moves
 * a counter; where none was sent, the rules have to tell: conntrack registers its hooks only for a rule that needs them.
 */
export function nothingTracked({ drop, earlyDrop, insertFailed, outRequests, peak, ruleset }: Watched): NothingTracked | null {
  if ([peak, drop, earlyDrop, insertFailed].some((count) => count !== 0)) return null;
  if (outRequests !== null && outRequests > 0) return { why: `${plural(outRequests, "packet")} went out and left no entry in it`, byPackets: true };
  if (ruleset === null || trackingRules(ruleset).tracking.length > 0) return null;
  return { why: "no nft rule asks for it, and it had no entry", byPackets: false };
}
