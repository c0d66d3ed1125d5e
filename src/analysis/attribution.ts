import { NS_PER_MS } from "../clock.ts";
import { refuses, ruleChanges } from "./drop-rules.ts";
import type { RuleChange } from "./drop-rules.ts";
import { matchFlows } from "./match-flows.ts";
import { sliceLoads } from "./slices.ts";
import type { Slice } from "./slices.ts";
import type { Summary } from "./summary.ts";
import { loadsOf } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { loadChange } from "./windows.ts";

type Told = Summary["attribution"];

/** Where the EPERM came from, with what a verdict needs beyond the summary. */
export interface Attribution extends Told {
  /** EPERM that drop and chain too long explain, slice by slice; null where the kernel does not count drops. */
  explained: number | null;
  /** The share of `explained` in slices in which a sample saw the table at 99 % of max or more. */
  explainedWhileFull: number | null;
  /** Unresolved clashes: __nf_conntrack_confirm counts each in both `insert_failed` and `drop`. */
  clashes: number | null;
  /** Every rule that drops, most first; null where they could not be listed. */
  rules: RuleChange[] | null;
}

const MAX_SLICES = 6000;
/** How far apart a refusal and its drop may be stamped: a late tick, a border between two slices. */
const REACH_NS = 200 * NS_PER_MS;
const FULL = 0.99;
/** A slice counts as explained from this share on, as unexplained up to the rest. */
const EXPLAINED = 0.95;
/** A rule explains a remainder if it counted this much of it. */
const ATTRIBUTED = 0.95;

/** Sets the EPERM that the senders counted against the kernel's counters over the load phases. */
export function attribute(timeline: Timeline): Attribution {
  const eperm = loadsOf(timeline).reduce((sum, { failed }) => sum + (failed["EPERM"] ?? 0), 0);
  const drop = loadChange(timeline, "drop");
  const insertFailed = loadChange(timeline, "insertFailed");
  const chainTooLong = loadChange(timeline, "chainTooLong");
  const matched = drop === null ? null : matchLoads(timeline);
  const explained = matched === null ? null : Math.min(eperm, Math.round(matched.explained));
  const remainder = explained === null ? null : eperm - explained;
  const rules = ruleChanges(timeline.dropRules);
  const byRule = refusedByRules(rules, remainder);
  return {
    eperm,
    drop,
    earlyDrop: loadChange(timeline, "earlyDrop"),
    insertFailed,
    chainTooLong,
    clashResolved: loadChange(timeline, "clashResolved"),
    explainedShare: eperm === 0 || explained === null ? null : explained / eperm,
    byRule,
    remainder,
    remainderCause: remainderCause({ remainder, rules }),
    bins: matched?.bins ?? null,
    explained,
    explainedWhileFull: matched === null || matched.explained === 0 ? null : matched.whileFull / matched.explained,
    clashes: drop === null || insertFailed === null ? null : Math.min(drop, Math.max(0, insertFailed - (chainTooLong ?? 0))),
    rules,
  };
}

function matchLoads(timeline: Timeline): { explained: number; whileFull: number; bins: NonNullable<Attribution["bins"]> } {
  const bins = { explained: 0, partly: 0, unexplained: 0 };
  let explained = 0;
  let whileFull = 0;
  const gapNs = longestGapNs(timeline);
  for (const slices of sliceLoads(timeline, MAX_SLICES)) {
    const [first] = slices;
    if (first === undefined) continue;
    const widthNs = Math.max(1, first.toNs - first.fromNs);
    const { matched } = matchFlows({
      wanted: slices.map(({ eperm }) => eperm),
      offered: slices.map(({ dropped }) => dropped ?? 0),
      reach: Math.ceil(Math.max(REACH_NS, gapNs) / widthNs),
    });
    for (const [index, slice] of slices.entries()) {
      const part = matched[index] ?? 0;
      explained += part;
      if (isFull(slice)) whileFull += part;
      if (slice.eperm === 0) continue;
      // A drop that lies between two samples is a fraction of one.
      if (part >= EXPLAINED * slice.eperm - 1) bins.explained += 1;
      else if (part <= (1 - EXPLAINED) * slice.eperm) bins.unexplained += 1;
      else bins.partly += 1;
    }
  }
  return { explained, whileFull, bins };
}

function isFull({ top, max }: Slice): boolean {
  return top !== null && max !== null && top >= FULL * max;
}

/** The longest time between two samples of the loads: drops in between are known only to lie there. */
function longestGapNs({ samples, phases, endNs }: Timeline): number {
  const fromNs = phases.find(({ kind }) => kind === "load")?.startNs ?? endNs;
  let longest = 0;
  for (let index = 1; index < samples.length; index += 1) {
    const atNs = samples.atNs[index] ?? 0;
    if (atNs >= fromNs) longest = Math.max(longest, atNs - (samples.atNs[index - 1] ?? atNs));
  }
  return longest;
}

/** What rules on the way out can have refused: as much as they counted, but no more than what is left to explain. */
function refusedByRules(rules: RuleChange[] | null, remainder: number | null): number | null {
  if (rules === null) return null;
  const out = rules.filter(refuses);
  if (out.some(({ packets }) => packets === null)) return null;
  const counted = out.reduce((sum, { packets }) => sum + (packets ?? 0), 0);
  return remainder === null ? counted : Math.min(counted, remainder);
}

function remainderCause({ remainder, rules }: { remainder: number | null; rules: RuleChange[] | null }): string | null {
  if (remainder === null || remainder === 0) return null;
  const out = (rules ?? []).filter((rule) => refuses(rule) && rule.packets !== null && rule.packets > 0);
  const counted = out.reduce((sum, { packets }) => sum + (packets ?? 0), 0);
  if (out.length === 0 || counted < ATTRIBUTED * remainder) return null;
  return out.map(({ rule }) => `rule ${rule}`).join("; ");
}
