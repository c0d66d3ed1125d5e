import type { Ledger, PhaseTotals } from "./phases.ts";
import { plural, tally } from "./words.ts";

/** Whether the senders' books add up. */
export interface Books {
  /** Ledgers that were checked besides their total: one for each thread of each load. */
  ledgers: number;
  /** What does not add up, in words; empty when the books balance. */
  faults: string[];
}

/** Faulty threads told one by one; the rest is counted. */
const MOST_TOLD = 3;

/**
 * Checks, for each thread of each load and in total, that attempted = sent + failed, that sent = answered + unanswered + late,
 * and where a load has a rate that planned = attempted - retries + dropped. A run that was cut short (`finished` false) may leave
 * queries open, as its last ticks say: sent = answered + unanswered + late + open.
 */
export function checkBooks(loads: readonly PhaseTotals[], { finished }: { finished: boolean }): Books {
  const pages = loads.flatMap(({ phase, ledgers }) => ledgers.map((ledger) => ({ where: `phase ${phase + 1}, thread ${ledger.thread}`, ledger })));
  const total = { where: "in total", ledger: pages.reduce((sum, { ledger }) => add(sum, ledger), EMPTY) };
  const faultsOf = ({ where, ledger }: { where: string; ledger: Ledger }): string[] =>
    [...imbalances(ledger, finished), ...(finished ? unplanned(ledger) : [])].map((text) => `${where}, ${text}`);
  const byThread = pages.length > 1 ? pages.flatMap(faultsOf) : [];
  const rest = byThread.length - MOST_TOLD;
  return {
    ledgers: pages.length,
    faults: [
      ...faultsOf(total),
      ...byThread.slice(0, MOST_TOLD),
      ...(rest > 0 ? [`${plural(rest, "more fault")} in the books of single threads`] : []),
    ],
  };
}

const EMPTY: Ledger = { thread: -1, planned: null, dropped: 0, attempted: 0, retries: 0, sent: 0, failed: 0, answered: 0, unanswered: 0, late: 0, outstanding: 0 };

function add(sum: Ledger, ledger: Ledger): Ledger {
  return {
    ...sum,
    ...planOf(sum, ledger),
    attempted: sum.attempted + ledger.attempted,
    sent: sum.sent + ledger.sent,
    failed: sum.failed + ledger.failed,
    answered: sum.answered + ledger.answered,
    unanswered: sum.unanswered + ledger.unanswered,
    late: sum.late + ledger.late,
    outstanding: sum.outstanding + ledger.outstanding,
  };
}

/** A total speaks of the plans only where every thread has one: what a load without a rate attempted belongs to none. */
function planOf(sum: Ledger, ledger: Ledger): Pick<Ledger, "planned" | "dropped" | "retries"> {
  const planned = sum === EMPTY ? ledger.planned : sum.planned === null || ledger.planned === null ? null : sum.planned + ledger.planned;
  return { planned, dropped: sum.dropped + ledger.dropped, retries: sum.retries + ledger.retries };
}

function unplanned({ planned, attempted, retries, dropped }: Ledger): string[] {
  if (planned === null || planned === attempted - retries + dropped) return [];
  return [`${tally(planned)} planned, but ${tally(attempted - retries)} attempted and ${tally(dropped)} dropped`];
}

function imbalances({ attempted, sent, failed, answered, unanswered, late, outstanding }: Ledger, finished: boolean): string[] {
  const open = finished ? 0 : outstanding;
  const fates = `${tally(answered)} answered, ${tally(unanswered)} unanswered and ${tally(late)} late`;
  const faults: string[] = [];
  if (attempted !== sent + failed) faults.push(`${tally(attempted)} attempted, but ${tally(sent)} sent and ${tally(failed)} failed`);
  if (sent !== answered + unanswered + late + open) faults.push(`${tally(sent)} sent, but ${fates}${open > 0 ? `, ${tally(open)} open` : ""}`);
  if (unanswered < 0) faults.push(`fewer than no queries unanswered: ${tally(unanswered)}`);
  return faults;
}
