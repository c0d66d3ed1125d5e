import { percent, plural, tally } from "../words.ts";
import { compared, hasEperm, present } from "./rule.ts";
import type { Rule } from "./rule.ts";

const EXPLAINED = 0.95;
const ROOM = 0.95;

/**
 * An entry was refused at confirm because its tuple was taken: two packets of one flow raced, or a source NAT had no port
 * left. `nf_ct_resolve_clash` counts each such loss in both `drop` and `insert_failed`, and those it resolves in `clash_resolve`.
 */
export const insertClash: Rule = ({ attribution, epermShare, loadPeak, loadPeakShare, sends, table }) => {
  const { eperm, clashes, clashResolved, drop, insertFailed } = attribution;
  return {
    conditions: [
      hasEperm({ attribution, epermShare, sends }),
      {
        holds: compared(loadPeakShare, (share) => share < ROOM),
        seen: `the table's peak in the load was ${tally(loadPeak)} of ${tally(table.max)} (${percent(loadPeakShare)})`,
        needs: `a table with room: below ${percent(ROOM)} of its max`,
      },
      {
        holds: compared(clashes, (count) => count > 0 && count >= EXPLAINED * eperm),
        seen: `insert_failed rose by ${tally(insertFailed)} and drop by ${tally(drop)}`,
        needs: `insert_failed and drop to rise together by ${percent(EXPLAINED)} of the EPERM`,
      },
    ],
    sentence:
      `New entries clashed with old ones: ${tally(eperm)} of ${plural(sends.attempted, "send")} (${percent(epermShare)}) were refused with ` +
      `EPERM because the tuple they needed was already in the table.`,
    further: present(clashResolved !== null && clashResolved > 0 && `another ${plural(clashResolved, "clash", "clashes")} the kernel resolved without loss`),
    against: present(
      clashes !== null && clashes > eperm * 1.05 && `${tally(clashes - eperm)} more clashes than EPERM: other packets in this namespace clashed too`,
    ),
    next: [
      "# A source NAT that runs out of ports does this: give it more addresses, or more ports",
      "nft list ruleset | grep -n 'snat\\|masquerade'",
      "# Do not send the first packets of a socket from several threads at once (A and AAAA in parallel): wait for one, or use a socket each",
      "# See which counters rise while it happens",
      "conntrack -S | grep -o 'insert_failed=[0-9]*\\|clash_resolve=[0-9]*'",
    ],
  };
};
