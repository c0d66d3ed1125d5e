import type { EntryGroup, EntryState, InsertedProtocol, InsertedState } from "./scenario.ts";
import { parseDuration, wrong } from "./units.ts";
import type { Parsed } from "./units.ts";

/** An entry group as it is typed: what is left out, the kernel's own habits fill in. */
export interface TypedGroup {
  protocol: InsertedProtocol;
  state: InsertedState;
  assured?: boolean | undefined;
  timeout?: number | undefined;
  share?: number | undefined;
}

/**
 * How long the kernel keeps an entry in each state, in seconds, as it comes: `udp_timeouts` in nf_conntrack_proto_udp.c,
 * `tcp_timeouts` in nf_conntrack_proto_tcp.c.
 */
const TIMEOUTS_S: Record<InsertedState, number> = {
  unreplied: 30, replied: 30,
  "syn-sent": 120, "syn-recv": 60, established: 432_000, "fin-wait": 120, "close-wait": 60, "last-ack": 30, "time-wait": 120, close: 10,
};
/** `UDP_CT_REPLIED`, the timeout of a stream: of UDP that is ASSURED. */
const UDP_STREAM_TIMEOUT_S = 120;
/** States of a connection that was established: tcp_packet makes it ASSURED then, and it stays so. */
const ASSURED_STATES: ReadonlySet<InsertedState> = new Set(["established", "fin-wait", "close-wait", "last-ack", "time-wait"]);
const MS_PER_S = 1_000;
/** The kernel keeps the timeout in jiffies, 32 bits of them: 24 days where it counts 1000 a second. */
const LONGEST = "480h";
/** Shares are typed by people: 33.3% three times is meant to be everything. */
const TOLERANCE = 0.002;

/** What `state:` says of a fill with traffic, as the entries that such traffic leaves. */
const GROUPS: Record<EntryState, TypedGroup> = {
  unreplied: { protocol: "udp", state: "unreplied" },
  replied: { protocol: "udp", state: "replied" },
  assured: { protocol: "udp", state: "replied", assured: true },
  "time-wait": { protocol: "tcp", state: "time-wait" },
};

/** The entries of a fill that says no more than `state:`. */
export function groupsOfState(state: EntryState): EntryGroup[] {
  return groupsOf([GROUPS[state]]);
}

/** Typed groups with everything filled in. Groups without a share get equal parts of what the others leave. */
export function groupsOf(typed: readonly TypedGroup[]): EntryGroup[] {
  const told = sumOfShares(typed);
  const untold = typed.filter(({ share }) => share === undefined).length;
  // Rounded shares are stretched to the whole.
  const scale = untold === 0 ? 1 / told : 1;
  return typed.map(({ protocol, state, assured = ASSURED_STATES.has(state), timeout, share }) => ({
    protocol,
    state,
    assured,
    timeoutMs: timeout ?? (protocol === "udp" && assured ? UDP_STREAM_TIMEOUT_S : TIMEOUTS_S[state]) * MS_PER_S,
    share: share === undefined ? (1 - told) / untold : share * scale,
  }));
}

/** What is wrong with the shares of typed groups; null if nothing is. */
export function shareProblem(typed: readonly TypedGroup[]): string | null {
  // An empty list is told of already.
  if (typed.length === 0) return null;
  const told = sumOfShares(typed);
  const shown = `${Number((told * 100).toFixed(2))}%`;
  if (typed.every(({ share }) => share !== undefined)) {
    return Math.abs(told - 1) <= TOLERANCE ? null : `the shares add up to ${shown}; write shares that add up to 100%, or leave one out`;
  }
  return told < 1 ? null : `the shares add up to ${shown}, which leaves nothing for the groups without one; write smaller shares`;
}

/** `432000s`, `120h` to milliseconds, for how long an entry lives. */
export function parseLifetime(text: string): Parsed<number> {
  const parsed = parseDuration(text);
  if (!parsed.ok) return parsed;
  const seconds = parsed.value / MS_PER_S;
  if (seconds < 1) return wrong(`${text} is too short; write at least 1s`);
  if (!Number.isInteger(seconds)) return wrong(`${text} is no whole number of seconds, and the kernel counts no smaller ones; write ${Math.round(seconds)}s`);
  const longest = parseDuration(LONGEST);
  return longest.ok && parsed.value > longest.value ? wrong(`${text} is too long; write at most ${LONGEST}`) : parsed;
}

function sumOfShares(typed: readonly TypedGroup[]): number {
  return typed.reduce((sum, { share }) => sum + (share ?? 0), 0);
}
