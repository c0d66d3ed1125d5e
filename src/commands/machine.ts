import { type Restored, restoreLeftovers } from "../lab/host-values.ts";
import { readMachine } from "../lab/machine.ts";
import type { Machine } from "../plan/plan.ts";

/**
 * Reads this machine after putting back what a killed run left changed: a plan would take it for the host's own. Throws
 * UserError while another run holds host-wide values, or where only root may restore them.
 */
export function readMachineAsItIs(say: (line: string) => void): Machine {
  restoreLeftovers().forEach((value) => say(describeRestored(value, "a killed run")));
  return readMachine();
}

/** One line about a host-wide value that was put back. */
export function describeRestored({ name, value, leftAlone, journalGone }: Restored, leftBy: string): string {
  const gone = journalGone ? "; the journal of host-wide values had vanished meanwhile" : "";
  return leftAlone
    ? `${name} was changed by ${leftBy} and then by somebody else: left at ${value}${gone}`
    : `${name} restored to ${value} (changed by ${leftBy})${gone}`;
}
