import { peakShareOf } from "../peak-share.ts";
import { percent, plural, tally } from "../words.ts";
import { compared, littleRoom, occupancySeen, peakSeen, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const ANSWERED = 0.99;

/** Every send went out, nothing was dropped, and the answers came. */
export const healthy: Rule = ({ attribution, failedSends, lab, peakShare: ownShare, router, sends, table }) => {
  // Behind a router the table in question is the router's.
  const whose = router === null ? "the table" : "the router's table";
  const peakShare = router === null ? ownShare : peakShareOf(router);
  // Of a run that was cut short nobody knows what would have become of the open ones.
  const settled = sends.sent - sends.open;
  const answeredShare = settled === 0 ? null : sends.answered / settled;
  return {
    conditions: [
      {
        holds: sends.attempted > 0 && failedSends === 0,
        seen: `${tally(failedSends)} of ${tally(sends.attempted)} sends failed`,
        needs: "sends, none of them failed",
      },
      {
        holds: peakShare === null ? null : true,
        seen: router === null ? peakSeen({ peakShare, table }) : peakSeen({ peakShare, table: router }, "the peak of the router's table"),
        needs: "a table whose entries are known",
      },
      {
        holds: compared(attribution.drop, (count) => count === 0),
        seen: attribution.drop === 0 ? "drop did not move" : `drop rose by ${tally(attribution.drop)}`,
        needs: "a drop counter that did not move",
      },
      ...(router === null ? [] : [{
        holds: compared(router.drop, (count) => count === 0),
        seen: router.drop === 0 ? "the router dropped nothing" : `the router's table dropped ${tally(router.drop)} packets`,
        needs: "a router that dropped nothing",
      }]),
      {
        holds: compared(answeredShare, (share) => share >= ANSWERED || lab?.resolver === "silent"),
        seen: lab?.resolver === "silent" ? "no answer is expected: the lab's resolver answers nothing" : `${tally(sends.answered)} of ${tally(settled)} queries answered (${percent(answeredShare)})${sends.open === 0 ? "" : `, ${tally(sends.open)} more open at its end`}`,
        needs: `answers to ${percent(ANSWERED)} of the queries`,
      },
    ],
    sentence: `Nothing failed: all ${tally(sends.attempted)} sends went out, and ${occupancySeen(peakShare, whose)}.`,
    further: present(
      (attribution.clashResolved ?? 0) > 0 &&
        `${plural(attribution.clashResolved ?? 0, "clash", "clashes")} of one tuple, all resolved by the kernel (clash_resolve)`,
    ),
    against: present(littleRoom(peakShare, whose)),
    next: [],
  };
};
