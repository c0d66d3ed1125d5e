import { connectTimeouts } from "../connect-timeouts.ts";
import type { Evidence } from "../evidence.ts";
import { percent, plural, tally } from "../words.ts";
import { makeRoom } from "./remedies.ts";
import { compared, present } from "./rule.ts";
import type { Case } from "./rule.ts";

const FULL = 0.99;

/**
 * TCP connections were never made because the table was full. No program is told: `tcp_connect` passes over what LOCAL_OUT says of
 * a SYN, and the timer sends it again after a second, which is another drop. What is left to see is a timeout.
 */
export function tableFullForTcp(evidence: Evidence): Case {
  const { attribution, loadPeak, loadPeakShare, sends, table, tableFullLines } = evidence;
  const timedOut = connectTimeouts(evidence);
  return {
    conditions: [
      {
        holds: timedOut > 0,
        seen: `${tally(timedOut)} of ${plural(sends.attempted, "query", "queries")} over TCP timed out before they had a connection (${percent(timedOut / Math.max(1, sends.attempted))})`,
        needs: "a query that had no connection in time",
      },
      {
        holds: compared(loadPeakShare, (peak) => peak >= FULL),
        seen: `the table's peak in the load was ${tally(loadPeak)} of ${tally(table.max)} (${percent(loadPeakShare)})`,
        needs: `a peak of ${percent(FULL)} of max`,
      },
      {
        holds: compared(attribution.drop, (count) => count > 0),
        seen: `the kernel dropped ${plural(attribution.drop ?? 0, "packet")} over the load: each SYN again and again, a second apart`,
        needs: "drop to rise",
      },
    ],
    sentence:
      `The connection-tracking table was full: ${tally(timedOut)} of ${plural(sends.attempted, "query", "queries")} over TCP timed out before they had a connection. ` +
      `TCP tells no program of EPERM: the kernel dropped ${plural(attribution.drop ?? 0, "packet")} and sent the same SYN again.`,
    further: present(tableFullLines > 0 && `the kernel log says "table full" (${plural(tableFullLines, "line")}; it is rate limited)`),
    against: present(sends.unanswered > 0 && `${plural(sends.unanswered, "query", "queries")} that did go out got no answer`),
    next: makeRoom(evidence),
  };
}
