import { percent, plural, tally } from "../words.ts";
import { compared, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const ROOM = 0.95;
const ANSWERED = 0.99;

/** Every send went out, the table had room, and the answers came. */
export const healthy: Rule = ({ attribution, failedSends, lab, peakShare, sends, table }) => {
  const answeredShare = sends.sent === 0 ? null : sends.answered / sends.sent;
  return {
    conditions: [
      {
        holds: sends.attempted > 0 && failedSends === 0,
        seen: `${tally(failedSends)} of ${tally(sends.attempted)} sends failed`,
        needs: "sends, none of them failed",
      },
      {
        holds: compared(peakShare, (share) => share < ROOM),
        seen: `the table's peak was ${tally(table.peak)} of ${tally(table.max)} (${percent(peakShare)})`,
        needs: `a table below ${percent(ROOM)} of its max`,
      },
      {
        holds: compared(answeredShare, (share) => share >= ANSWERED || lab?.resolver === "silent"),
        seen: lab?.resolver === "silent" ? "no answer is expected: the lab's resolver answers nothing" : `${tally(sends.answered)} of ${tally(sends.sent)} queries answered (${percent(answeredShare)})`,
        needs: `answers to ${percent(ANSWERED)} of the queries`,
      },
    ],
    sentence: `Nothing failed: all ${tally(sends.attempted)} sends went out, and the table never held more than ${percent(peakShare)} of its max.`,
    further: present(
      attribution.drop === 0 && "drop did not move",
      (attribution.clashResolved ?? 0) > 0 &&
        `${plural(attribution.clashResolved ?? 0, "clash", "clashes")} of one tuple, all resolved by the kernel (clash_resolve)`,
    ),
    against: present(
      attribution.drop !== null && attribution.drop > 0 && `drop rose by ${tally(attribution.drop)}, though no send of ours failed`,
    ),
    next: [],
  };
};
