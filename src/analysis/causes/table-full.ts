import { connectTimeouts } from "../connect-timeouts.ts";
import { refuses } from "../drop-rules.ts";
import type { Evidence } from "../evidence.ts";
import { fillerName } from "../filler.ts";
import { tableAround } from "../onset.ts";
import { percent, plural, tally } from "../words.ts";
import { makeRoom } from "./remedies.ts";
import { compared, hasEperm, present } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { seeRules } from "./see-rules.ts";
import { tableFullForTcp } from "./table-full-tcp.ts";

const FULL_AT_ONSET = 0.99;
const EXPLAINED = 0.95;
/** Of the EPERM, for a full table to be a cause of its own beside a rule. */
const NOTABLE = 0.05;
const MOST = 0.5;
/** Beyond this the model does not describe the run. */
const MODEL_TOLERANCE = 0.1;

/** Sends failed with EPERM because the table was full and nothing near their hash could be evicted. */
export const tableFull: Rule = (evidence) => {
  if (evidence.attribution.eperm === 0 && connectTimeouts(evidence) > 0) return tableFullForTcp(evidence);
  const { attribution, epermShare, failedSends, model, sends, table, tableFullLines } = evidence;
  const { byRule, clashes, drop, chainTooLong, eperm, explained, explainedShare, remainder, remainderCause } = attribution;
  const counted = drop === null ? null : drop + (chainTooLong ?? 0);
  const { predictedEpermShare: predicted, measuredEpermShare: measured } = model;
  const rest = remainder ?? 0;
  const ruled = remainderCause === null ? 0 : Math.min(rest, byRule ?? 0);
  const shared = explained !== null && explained < EXPLAINED * eperm;
  const occupancy = occupancyWhileRefused(evidence);
  const filler = table.filler === null ? null : `${percent(table.filler.share)} of the table is ${fillerName(table.filler)}`;
  const agrees = predicted !== null && measured !== null && Math.abs(predicted - measured) <= MODEL_TOLERANCE;
  return {
    conditions: [
      hasEperm(evidence),
      occupancy,
      {
        holds: compared(explained, (count) => count + ruled >= EXPLAINED * eperm && count >= NOTABLE * eperm && (clashes ?? 0) <= MOST * count),
        seen:
          `the kernel dropped ${tally(counted)} packets over the load: ${percent(explainedShare)} of the EPERM explained` +
          ((clashes ?? 0) > 0 ? `, ${tally(clashes)} of the drops are clashes (insert_failed)` : ""),
        needs: `drop counters that explain ${percent(EXPLAINED)} of the EPERM, with a rule that counted the rest, and few of them clashes`,
      },
    ],
    sentence:
      `The connection-tracking table was full: ${tally(shared ? explained : eperm)} of ${plural(sends.attempted, "send")} ` +
      `(${percent(shared ? explained / Math.max(1, sends.attempted) : epermShare)}) were refused with EPERM, and the kernel counts ${tally(counted)} dropped packets.` +
      (shared ? ` Another ${tally(rest)} EPERM have another cause: ${remainderCause ?? "not known"}.` : "") +
      (table.filler !== null && table.filler.protocol !== "udp" ? ` ${filler}.` : ""),
    further: present(
      filler,
      shared && remainderCause !== null && `the other ${tally(rest)} EPERM (${percent(eperm === 0 ? 0 : rest / eperm)}): ${remainderCause}, which counted ${tally(byRule)} of them`,
      tableFullLines > 0 && `the kernel log says "table full" (${plural(tableFullLines, "line")}; it is rate limited)`,
      agrees && !shared && `the model predicts ${percent(predicted)} EPERM for this table, measured ${percent(measured)}`,
    ),
    against: present(
      counted !== null && counted > (explained ?? eperm) * 1.05 &&
        `${tally(counted - (explained ?? eperm))} more drops than EPERM: replies or other traffic in this namespace were dropped too`,
      predicted !== null && measured !== null && !agrees && !shared &&
        `the model predicts ${percent(predicted)} EPERM for this table, measured ${percent(measured)}` +
          (measured < predicted ? "; above 95 % of max a pass of the kernel's collector makes room, which the model leaves out" : ""),
      clashes !== null && clashes > 0 && `insert_failed rose by ${tally(attribution.insertFailed)}: some EPERM may be tuple clashes`,
      failedSends > eperm && `${plural(failedSends - eperm, "send")} failed with another errno`,
    ),
    next: [
      ...makeRoom(evidence),
      ...(shared ? seeRules((attribution.rules ?? []).filter((rule) => refuses(rule) && rule.packets !== 0), "the rule that refuses the rest") : []),
    ],
  };
};

/** The table at the first EPERM; where a rule refused some before it was full, the table while those were refused that drop explains. */
function occupancyWhileRefused({ attribution: { explained, explainedWhileFull }, onset, table }: Evidence): ReturnType<Rule>["conditions"][number] {
  const max = onset?.max ?? null;
  const atOnset = onset === null || onset.count === null ? null : Math.max(onset.count, onset.countAfter ?? 0);
  const full = max === null ? null : compared(atOnset, (count) => count >= FULL_AT_ONSET * max);
  const needs = `a table at ${percent(FULL_AT_ONSET)} of its max when sends were refused`;
  if (full !== true && explainedWhileFull !== null && explainedWhileFull >= EXPLAINED) {
    const seen = `the table was at ${percent(FULL_AT_ONSET)} of max or above when ${percent(explainedWhileFull)} of the ${tally(explained)} EPERM happened that drop explains`;
    return { holds: true, seen, needs };
  }
  return {
    holds: full,
    seen:
      onset === null
        ? `no onset; the table's peak ${table.peak === null ? "is unknown" : `was ${tally(table.peak)} of ${tally(table.max)}`}`
        : `the first EPERM: ${tableAround(onset) ?? `the entries were not known, of ${tally(max)}`}`,
    needs,
  };
}
