import { overTcp, STRATEGIES } from "../scenario/scenario.ts";
import type { SentCounterRecord } from "../store/event-records.ts";
import type { PhaseTotals } from "./phases.ts";
import type { PlanView } from "./plan-view.ts";
import { plural, tally } from "./words.ts";

/** What the kernel saw leave during the loads, beside what the senders say they sent. */
export interface KernelCount {
  /** Datagrams to the resolver that left; null where that is not known, and `why` then says why. */
  packets: number | null;
  why: string | null;
  /** Loads whose count is not what was sent, in words. */
  faults: string[];
}

/**
 * Compares the lab's own packet counter with the senders' books, load by load: it stands behind every verdict of netfilter and
 * before the device's queue, so it counts what was sent, and of the sends refused with ENOBUFS those that the queue refused.
 */
export function compareKernelCount({ loads, records, plan, ruleset }: {
  loads: readonly PhaseTotals[];
  records: readonly SentCounterRecord[];
  plan: PlanView | null;
  ruleset: string | null;
}): KernelCount {
  const unknown = (why: string): KernelCount => ({ packets: null, why, faults: [] });
  if (loads.length === 0) return unknown("there was no load");
  if (ruleset !== null && /\b(?:dnat|redirect)\b/.test(ruleset)) return unknown("a rule here rewrites where packets go to");
  const faults: string[] = [];
  let packets = 0;
  for (const load of loads) {
    const strategy = plan?.phases[load.phase]?.strategy ?? "";
    if (!UDP_STRATEGIES.has(strategy)) return unknown(`a query over ${strategy === "" ? "an unknown strategy" : strategy} is not one datagram`);
    const counted = countOver(load.phase, records);
    if (counted.packets === null) return unknown(counted.why);
    packets += counted.packets;
    const fault = differing(counted.packets, load);
    if (fault !== null) faults.push(fault);
  }
  return { packets, why: null, faults };
}

/** "the kernel saw 2,319 packets leave = 2,319 sent"; null where it counted none, or something else. */
export function kernelCountLabel({ packets, faults }: KernelCount, { sent, failed }: { sent: number; failed: Record<string, number> }): string | null {
  if (packets === null || packets === 0 || faults.length > 0) return null;
  const counted = `the kernel saw ${plural(packets, "packet")} leave`;
  const refused = failed["ENOBUFS"] ?? 0;
  if (packets === sent) return `${counted} = ${tally(sent)} sent`;
  if (packets === sent + refused) return `${counted} = ${tally(sent)} sent + ${tally(refused)} ENOBUFS`;
  return `${counted}: ${tally(sent)} sent, and some of ${tally(refused)} ENOBUFS`;
}

/** Strategies that send one datagram for each attempt. */
const UDP_STRATEGIES: ReadonlySet<string> = new Set(STRATEGIES.filter((strategy) => !overTcp(strategy)));

function countOver(phase: number, records: readonly SentCounterRecord[]): { packets: number; why: null } | { packets: null; why: string } {
  const at = (moment: SentCounterRecord["moment"]): SentCounterRecord | undefined => records.find((record) => record.phase === phase && record.moment === moment);
  const [start, end] = [at("start"), at("end")];
  if (start === undefined) return { packets: null, why: "this run has no such count" };
  if (end === undefined) return { packets: null, why: "the run ended before its load did" };
  if (start.packets === null || end.packets === null) return { packets: null, why: start.why ?? end.why ?? "not told" };
  if (end.packets < start.packets) return { packets: null, why: "somebody reset the counter" };
  return { packets: end.packets - start.packets, why: null };
}

function differing(packets: number, { phase, sent, failed }: PhaseTotals): string | null {
  const most = sent + (failed["ENOBUFS"] ?? 0);
  if (packets >= sent && packets <= most) return null;
  const counted = `the kernel saw ${plural(packets, "packet")} leave for the resolver in phase ${phase + 1}`;
  return packets > most
    ? `${counted}, ${tally(packets - most)} more than the load sent: another program asked it too`
    : `${counted}, but send() took ${tally(sent)}: ${plural(sent - packets, "was", "were")} lost before the device, without an error`;
}
