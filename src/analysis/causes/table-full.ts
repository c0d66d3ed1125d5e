import { percent, plural, tally } from "../words.ts";
import { NOTRACK_DNS, raiseTable } from "./remedies.ts";
import { compared, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const FULL_AT_ONSET = 0.99;
const EXPLAINED = 0.95;
/** Beyond this the model does not describe the run. */
const MODEL_TOLERANCE = 0.1;

/** Sends failed with EPERM because the table was full and nothing near their hash could be evicted. */
export const tableFull: Rule = ({ attribution, epermShare, failedSends, model, onset, sends, table, tableFullLines }) => {
  const { eperm, drop, chainTooLong, insertFailed } = attribution;
  const counted = drop === null ? null : drop + (chainTooLong ?? 0);
  const { predictedEpermShare: predicted, measuredEpermShare: measured } = model;
  const max = onset?.max ?? null;
  const atOnset = onset === null || onset.count === null ? null : Math.max(onset.count, onset.countAfter ?? 0);
  const between = onset?.count !== null && (onset?.countAfter ?? 0) > (onset?.count ?? 0);
  return {
    conditions: [
      {
        holds: eperm > 0,
        seen: `${tally(eperm)} of ${plural(sends.attempted, "send")} refused with EPERM (${percent(epermShare)})`,
        needs: "a send refused with EPERM",
      },
      {
        holds: max === null ? null : compared(atOnset, (count) => count >= FULL_AT_ONSET * max),
        seen:
          onset === null
            ? `no onset; the table's peak was ${tally(table.peak)} of ${tally(table.max)}`
            : `${tally(onset.count)} of ${tally(max)} entries at the first EPERM (${percent(onset.share)})` +
              (between ? `, ${tally(onset.countAfter)} at the next sample` : ""),
        needs: `a table at ${percent(FULL_AT_ONSET)} of its max at the first EPERM`,
      },
      {
        holds: compared(attribution.explainedShare, (share) => share >= EXPLAINED),
        seen: `the kernel dropped ${tally(counted)} packets over the load: ${percent(attribution.explainedShare)} of the EPERM explained`,
        needs: `drop counters that explain ${percent(EXPLAINED)} of the EPERM`,
      },
    ],
    sentence:
      `The connection-tracking table was full: ${tally(eperm)} of ${plural(sends.attempted, "send")} ` +
      `(${percent(epermShare)}) were refused with EPERM, and the kernel counts ${tally(counted)} dropped packets.`,
    further: present(
      tableFullLines > 0 && `the kernel log says "table full" (${plural(tableFullLines, "line")}; it is rate limited)`,
      predicted !== null && measured !== null && Math.abs(predicted - measured) <= MODEL_TOLERANCE &&
        `the model predicts ${percent(predicted)} EPERM for this table, measured ${percent(measured)}`,
    ),
    against: present(
      counted !== null && counted > eperm * 1.05 &&
        `${tally(counted - eperm)} more drops than EPERM: replies or other traffic in this namespace were dropped too`,
      predicted !== null && measured !== null && Math.abs(predicted - measured) > MODEL_TOLERANCE &&
        `the model predicts ${percent(predicted)} EPERM for this table, measured ${percent(measured)}`,
      insertFailed !== null && insertFailed > 0 && `insert_failed rose by ${tally(insertFailed)}: some EPERM may be tuple clashes`,
      failedSends > eperm && `${plural(failedSends - eperm, "send")} failed with another errno`,
    ),
    next: [...raiseTable(table.max), ...NOTRACK_DNS],
  };
};
