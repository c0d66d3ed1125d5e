import type { Cause } from "../../scenario/scenario.ts";
import type { Evidence } from "../evidence.ts";
import { fillerName } from "../filler.ts";
import type { Summary } from "../summary.ts";
import { nothingTracked } from "../nothing-tracked.ts";
import type { NothingTracked } from "../nothing-tracked.ts";
import { percent, plural, tally } from "../words.ts";
import { makeRoom, raiseBuckets, raiseTable } from "./remedies.ts";
import { littleRoom, occupancySeen, peakSeen, present } from "./rule.ts";
import type { Case } from "./rule.ts";

type Watch = NonNullable<Summary["watch"]>;

/** Of the drops, for a full table to be their cause. */
const EXPLAINED = 0.95;

/**
 * The verdict on a table that was watched while others sent. The kernel's counters alone say what was lost; whether a send was refused
 * with EPERM nobody saw.
 */
export function judgeWatched(evidence: Evidence, watch: Watch): { cause: Cause; of: Case } {
  const { attribution: { chainTooLong, clashes, drop, earlyDrop, insertFailed }, peakShare, ruleset, table: { peak } } = evidence;
  if (drop === null || peakShare === null) return { cause: "inconclusive", of: told(evidence, watch, unknown(evidence)) };
  const chains = chainTooLong ?? 0;
  const clashed = clashes ?? 0;
  if (chains > drop) return { cause: "chain-too-long", of: told(evidence, watch, tooLong(evidence)) };
  if (drop > 0 && clashed > drop / 2) return { cause: "insert-clash", of: told(evidence, watch, clash(evidence)) };
  if (drop > 0 && (watch.dropWhileFull ?? 0) >= EXPLAINED * drop) return { cause: "table-full", of: told(evidence, watch, full(evidence)) };
  if (drop > 0) return { cause: "inconclusive", of: told(evidence, watch, unsettled(evidence, watch)) };
  if ((earlyDrop ?? 0) > 0) return { cause: "early-drop-masked", of: told(evidence, watch, masked(evidence)) };
  const without = nothingTracked({ drop, earlyDrop, insertFailed, outRequests: watch.outRequests, peak, ruleset });
  if (without !== null) return { cause: "untracked", of: told(evidence, watch, untracked(without)) };
  return { cause: "healthy", of: told(evidence, watch, calm(evidence)) };
}

/** The evidence that all of them share, and what no watch can tell. */
function told({ attribution, peakShare, table, tableFullLines }: Evidence, { dropWhileFull, outDiscards }: Watch, { next, sentence, against = [] }: Pick<Case, "sentence" | "next"> & { against?: string[] }): Case {
  const { chainTooLong, clashResolved, drop, earlyDrop, insertFailed } = attribution;
  const lost = (drop ?? 0) + (chainTooLong ?? 0) > 0;
  return {
    conditions: [],
    sentence,
    further: present(
      peakSeen({ peakShare, table }),
      drop === null ? "drop cannot be read here" : drop === 0 ? "drop did not move" : `drop rose by ${tally(drop)}, ${percent((dropWhileFull ?? 0) / drop)} of it while the table was full`,
      earlyDrop !== null && earlyDrop > 0 && `early_drop rose by ${tally(earlyDrop)}`,
      insertFailed !== null && insertFailed > 0 && `insert_failed rose by ${tally(insertFailed)}`,
      chainTooLong !== null && chainTooLong > 0 && `chain too long rose by ${tally(chainTooLong)}`,
      clashResolved !== null && clashResolved > 0 && `${plural(clashResolved, "clash", "clashes")} of one tuple, resolved by the kernel`,
      outDiscards !== null && outDiscards > 0 && `OutDiscards rose by ${tally(outDiscards)}: so many datagrams of this namespace's own did not leave, as where send says EPERM`,
      lost && table.filler !== null && `${percent(table.filler.share)} of the table is ${fillerName(table.filler)}`,
      tableFullLines > 0 && `the kernel log says "table full" (${plural(tableFullLines, "line")}; it is rate limited)`,
    ),
    against: present(
      ...against,
      lost && outDiscards === 0 && "OutDiscards did not move: what was lost came from elsewhere, or was TCP, and no send here got EPERM",
      !lost && littleRoom(peakShare),
    ),
    next,
  };
}

function full(evidence: Evidence): Pick<Case, "sentence" | "next"> {
  const { drop } = evidence.attribution;
  return {
    sentence: `The connection-tracking table was full, and the kernel dropped ${plural(drop ?? 0, "packet")} that needed a new entry; nobody watched the sends themselves.`,
    next: makeRoom(evidence),
  };
}

function masked(evidence: Evidence): Pick<Case, "sentence" | "next"> {
  return {
    sentence: `The connection-tracking table was full, and nothing was dropped: the kernel evicted ${plural(evidence.attribution.earlyDrop ?? 0, "entry", "entries")} that were not ASSURED to make room.`,
    next: raiseTable({ ...evidence.table, setByScenario: evidence.setByScenario }),
  };
}

function tooLong({ attribution: { chainTooLong }, setByScenario, table }: Evidence): Pick<Case, "sentence" | "next"> {
  return { sentence: `Hash chains were too long: the kernel refused ${plural(chainTooLong ?? 0, "entry", "entries")} that it would not add to a crowded bucket.`, next: raiseBuckets({ ...table, setByScenario }) };
}

function clash({ attribution: { clashes } }: Evidence): Pick<Case, "sentence" | "next"> {
  return {
    sentence: `New entries clashed with old ones: the kernel dropped ${plural(clashes ?? 0, "packet")} because the tuple was already in the table.`,
    next: ["# A source NAT that runs out of ports does this: give it more addresses, or more ports", "nft list ruleset | grep -n 'snat\\|masquerade'"],
  };
}

function untracked({ byPackets, why }: NothingTracked): Pick<Case, "sentence" | "next"> & { against: string[] } {
  return {
    sentence: `Nothing was tracked, so this table cannot fill: ${why}.`,
    against: present(!byPackets && "no packet was sent meanwhile, and iptables-legacy, tc and Open vSwitch, which can track too, were not asked"),
    next: ["# Try it with packets, in the same namespace", "tablefull doctor"],
  };
}

function calm({ peakShare, table }: Evidence): Pick<Case, "sentence" | "next"> & { against: string[] } {
  return {
    sentence: `Nothing was dropped, and ${occupancySeen(peakShare)}.`,
    against: present(table.peak === 0 && "no entry was seen: it may be that nothing is tracked here (see tablefull doctor)"),
    next: [],
  };
}

function unsettled({ attribution: { drop } }: Evidence, { dropWhileFull }: Watch): Pick<Case, "sentence" | "next"> & { against: string[] } {
  return {
    sentence: `The kernel dropped ${plural(drop ?? 0, "packet")}, ${tally(dropWhileFull)} of them while the table was full; what the others met is not settled.`,
    against: ["not table-full: most drops would have to come while the table is full"],
    next: ["# See which counters rise together", "conntrack -S"],
  };
}

function unknown({ attribution: { drop } }: Evidence): Pick<Case, "sentence" | "next"> {
  return {
    sentence: drop === null ? "Whether anything was dropped is unknown: the kernel does not show its drop counter here." : "How full the table was is unknown here.",
    next: ["# Read it as root", "conntrack -S"],
  };
}
