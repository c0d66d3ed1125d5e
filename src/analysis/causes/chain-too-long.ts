import { percent, plural, tally } from "../words.ts";
import { raiseBuckets } from "./remedies.ts";
import { compared, hasEperm, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const EXPLAINED = 0.95;

/**
 * The table has room, but its hash chains do not: the kernel refuses an entry whose bucket holds more than 50 to 80 others
 * (`MIN_CHAINLEN`, `MAX_CHAINLEN` in nf_conntrack_core.c, since 5.15).
 */
export const chainTooLong: Rule = ({ attribution, epermShare, sends, setByScenario, table, peakShare }) => {
  const { eperm, chainTooLong: chains, drop } = attribution;
  // Hash nodes a bucket; half of what the shortest limit allows leaves room for chance.
  const crowding = table.buckets === null || table.peak === null ? null : (2 * table.peak) / table.buckets;
  return {
    conditions: [
      hasEperm({ attribution, epermShare, sends }),
      {
        holds: compared(chains, (count) => count > 0 && count >= EXPLAINED * eperm),
        seen: `chain too long rose by ${tally(chains)}${eperm > 0 && chains !== null ? ` (${percent(Math.min(1, chains / eperm))} of the EPERM)` : ""}`,
        needs: `a chain-too-long counter that explains ${percent(EXPLAINED)} of the EPERM`,
      },
    ],
    sentence:
      `Hash chains were too long: ${tally(eperm)} of ${plural(sends.attempted, "send")} (${percent(epermShare)}) were refused ` +
      `with EPERM, and the kernel counts ${tally(chains)} entries that it would not add to a crowded bucket.`,
    further: present(
      table.buckets !== null && `at most ${tally(table.peak)} entries in ${tally(table.buckets)} buckets, each hashed twice; the table was ${percent(peakShare)} full`,
    ),
    against: present(
      drop !== null && drop > 0 && `drop rose by ${tally(drop)} too: not every refusal is a long chain`,
      crowding !== null && crowding < 25 && "the chains ought to be short on average: look for flows made to share a bucket",
    ),
    next: raiseBuckets({ ...table, setByScenario }),
  };
};
