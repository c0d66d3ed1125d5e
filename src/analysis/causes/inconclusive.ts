import type { Cause } from "../../scenario/scenario.ts";
import type { Evidence } from "../evidence.ts";
import { tally } from "../words.ts";
import { hintsFor, named, otherFailures, provenPart, silentSuspects } from "./hints.ts";
import { epermSeen, peakSeen, present } from "./rule.ts";
import type { Case } from "./rule.ts";

/** No rule's conditions all hold: says what each one lacks, and what would decide. */
export function inconclusive(evidence: Evidence, tried: readonly { cause: Cause; of: Case }[]): Case {
  const { peakShare, sends, table } = evidence;
  const others = otherFailures(evidence);
  const next = [...evidence.deaths.map((text) => `# Look at this first: ${text}`), ...hintsFor(evidence)];
  if (sends.attempted === 0) return { conditions: [], sentence: "The run ended before its load sent anything: there is nothing to judge.", further: [peakSeen({ peakShare, table })], against: [], next };
  return {
    conditions: [],
    sentence: sentenceOf(evidence),
    further: [
      epermSeen(evidence),
      ...present(others !== null && `sends that failed with another errno: ${others}`),
      `${tally(sends.answered)} of ${tally(sends.sent)} queries answered`,
      peakSeen({ peakShare, table }),
    ],
    against: tried.flatMap(({ cause, of }) => {
      const lacking = of.conditions.find(({ holds }) => holds === false) ?? of.conditions.find(({ holds }) => holds === null);
      return lacking === undefined ? [] : [`not ${cause}: it needs ${lacking.needs}; ${lacking.seen}`];
    }),
    next,
  };
}

function sentenceOf(evidence: Evidence): string {
  const { attribution: { eperm }, sends } = evidence;
  const proven = provenPart(evidence);
  if (proven !== null) {
    return `The connection-tracking table was full, and its drops explain ${tally(proven)} of ${tally(eperm)} EPERM; why the other ${tally(eperm - proven)} sends were refused is not settled.`;
  }
  if (eperm > 0) return `${tally(eperm)} sends were refused with EPERM, and the evidence does not settle why.`;
  const suspects = silentSuspects(evidence);
  if (suspects.length > 0) {
    return `${tally(sends.unanswered)} of ${tally(sends.sent)} queries got no answer; the first suspect is ${named(suspects)}, of which nothing says what it dropped.`;
  }
  return "The evidence fits none of the causes this program can tell apart.";
}
