import type { Evidence } from "./evidence.ts";

/** Queries over TCP that were given up before they had a connection: each went out as a SYN at least, which nobody answered. */
export function connectTimeouts({ sends }: Pick<Evidence, "sends">): number {
  return sends.failed["ETIMEDOUT"] ?? 0;
}

/** The same evidence with those queries as what they look like from outside: sent, and not answered. */
export function timeoutsAsUnanswered(evidence: Evidence): Evidence {
  const { failedSends, sends } = evidence;
  const timeouts = connectTimeouts(evidence);
  return { ...evidence, failedSends: failedSends - timeouts, sends: { ...sends, sent: sends.sent + timeouts, unanswered: sends.unanswered + timeouts } };
}
