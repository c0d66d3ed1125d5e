import { dnsTrackingOf } from "../../tuning/catalogue.ts";
import { percent, tally } from "../words.ts";
import { TRACK } from "./remedies.ts";
import { compared, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** Entries per flow below which nothing can have tracked the flows. */
const TRACKED = 0.01;

/** The flows never reached the table: no rule needs tracking in this namespace, or a notrack rule exempts them. */
export const untracked: Rule = ({ attribution, failedSends, flows, growth, loadPeak, router, sends, tunings }) => {
  const counters = [attribution.drop, attribution.earlyDrop, attribution.insertFailed];
  const moved = counters.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const unknown = counters.includes(null);
  return {
    conditions: [
      { holds: sends.sent > 0, seen: `${tally(sends.sent)} sends over at most ${tally(flows)} flows`, needs: "sends" },
      {
        holds: compared(growth, (entries) => entries <= TRACKED * flows),
        seen: `the table grew by ${tally(growth)} entries in the load`,
        needs: `a table that grows by less than ${percent(TRACKED)} of the flows`,
      },
      {
        holds: compared(loadPeak, (entries) => entries <= TRACKED * flows),
        seen: `the table's peak in the load was ${tally(loadPeak)} entries`,
        needs: `a peak below ${percent(TRACKED)} of the flows`,
      },
      ...(router === null ? [] : [{
        holds: compared(router.peak, (entries) => entries <= TRACKED * flows),
        seen: `the peak of the router's table in the load was ${tally(router.peak)} entries`,
        needs: `a router's table below ${percent(TRACKED)} of the flows`,
      }]),
      {
        holds: moved > 0 ? false : unknown ? null : true,
        seen: moved === 0 ? (unknown ? "not every counter of connection tracking is known" : "no counter of connection tracking moved") : `the counters of connection tracking moved by ${tally(moved)}`,
        needs: "counters that stay as they are",
      },
    ],
    sentence: `The queries were not tracked: ${tally(sends.sent)} sends left ${tally(loadPeak)} entries in the table, so it cannot fill.`,
    further: [],
    against: present(failedSends > 0 && `${tally(failedSends)} sends failed, for another reason than this table`),
    next: dnsTrackingOf(tunings) === "none" ? ["# As intended: a tuning keeps DNS out of the table. Its trap and its cost:", "tablefull tunings"] : ["# See whether a rule exempts the queries, or none needs tracking", "nft list ruleset", ...TRACK],
  };
};
