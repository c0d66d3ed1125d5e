import type { Evidence } from "../evidence.ts";
import { percent, tally } from "../words.ts";
import { raiseTable } from "./remedies.ts";
import { compared, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const FULL = 0.999;
const HARDLY_ANY = 0.01;
const HARDLY_ANY_DROP = 0.05;

/** The table was full, and evicting unassured entries hid it from the senders. */
export const earlyDropMasked: Rule = (evidence) => {
  const { attribution, loadPeak, loadPeakShare, model, sends, table } = evidence;
  const share = model.measuredEpermShare ?? evidence.epermShare;
  return {
    conditions: [
      {
        holds: compared(loadPeakShare, (peak) => peak >= FULL),
        seen: `the table's peak in the load was ${tally(loadPeak)} of ${tally(table.max)} (${percent(loadPeakShare)})`,
        needs: `a peak of ${percent(FULL)} of max`,
      },
      {
        holds: sends.attempted > 0 && share < HARDLY_ANY,
        seen: `${tally(attribution.eperm)} of ${tally(sends.attempted)} sends refused with EPERM (${percent(share)} once the table was full)`,
        needs: `less than ${percent(HARDLY_ANY)} EPERM`,
      },
      {
        holds: compared(attribution.earlyDrop, (count) => count > 0),
        seen: `early_drop rose by ${tally(attribution.earlyDrop)}`,
        needs: "early_drop to rise",
      },
      {
        holds: compared(attribution.earlyDrop, (count) => (attribution.drop ?? 0) <= HARDLY_ANY_DROP * (count + (attribution.drop ?? 0))),
        seen: `drop rose by ${tally(attribution.drop)}`,
        needs: `at most ${percent(HARDLY_ANY_DROP)} of the new flows dropped`,
      },
    ],
    sentence:
      `The connection-tracking table was full, but hardly any send failed: the kernel evicted ` +
      `${tally(attribution.earlyDrop)} entries that were not ASSURED to make room.`,
    further: present(
      model.predictedEpermShare !== null &&
        `the model predicts ${percent(model.predictedEpermShare)} EPERM with ${tally(model.evictable)} evictable entries in ${tally(model.buckets)} buckets`,
    ),
    against: unansweredLines(evidence),
    next: [
      "# Nobody sees this failure: watch the counter",
      "conntrack -S | grep -o 'early_drop=[0-9]*'",
      ...raiseTable({ ...table, setByScenario: evidence.setByScenario }),
    ],
  };
};

/** Why answers are missing: a full receive buffer for what it explains, eviction only for the rest. */
function unansweredLines({ deaths, rcvbufErrors, sends }: Evidence): string[] {
  const buffered = Math.min(sends.unanswered, rcvbufErrors ?? 0);
  const rest = sends.unanswered - buffered;
  return present(
    buffered > 0 && `${tally(buffered)} of ${tally(sends.unanswered)} queries without answer were lost in a full receive buffer here (Udp.RcvbufErrors)`,
    rest > 0 && deaths.length > 0 && `${tally(rest)} ${buffered > 0 ? "more " : ""}queries got no answer; ${deaths.join("; ")}`,
    rest > 0 && deaths.length === 0 &&
      `${tally(rest)} ${buffered > 0 ? "more " : ""}queries got no answer: evicted flows can lose their replies behind NAT or stateful rules` +
        (rcvbufErrors === null ? ", and whether a receive buffer was full is unknown" : ""),
  );
}
