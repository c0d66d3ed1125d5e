import { dnsTrackingOf, timeoutsOf } from "../tuning/catalogue.ts";
import type { Summary } from "./summary.ts";
import type { PlanView, PlannedPhaseView } from "./plan-view.ts";
import { countAt, known } from "./samples.ts";
import type { Timeline } from "./timeline.ts";
import { percent, plural, seconds, tally } from "./words.ts";
import { loadChange } from "./windows.ts";

/** More than this share of the planned entries may not be missing when a fill ends. */
const SHORT = 0.01;
/** Of the queries sent: fewer datagrams lost than this change nothing. */
const NOTABLE = 0.001;

/** Kept of what a program said, in one line. */
const MOST_SAID = 60;

/** Fills that opened, confirmed or left fewer entries than the plan says. */
export function shortFills(timeline: Timeline, plan: PlanView | null): string[] {
  const { filled, phases } = timeline;
  return phases.filter(({ kind }) => kind === "fill").flatMap((phase) => {
    const planned = plan?.phases[phase.phase];
    const texts = shortOf(filled.filter((fill) => fill.phase === phase.phase), planned);
    const entries = planned?.entries;
    const count = phase.endNs === null || mayBeShort(planned, plan) ? null : countOfFill(timeline, phase.endNs, plan);
    if (entries !== undefined && count !== null && count < (1 - SHORT) * entries) {
      texts.push(`the fill fell short: ${tally(count)} of ${tally(entries)} planned entries when it ended (${percent(count / entries)})`);
    }
    return texts;
  });
}

/** Whether a tuning is meant to leave fewer entries: it keeps DNS out of the table, or lets the fill's entries expire sooner. */
function mayBeShort(planned: PlannedPhaseView | undefined, plan: PlanView | null): boolean {
  const tunings = plan?.scenario.tunings ?? [];
  const [tuned, untuned] = [timeoutsOf(tunings), timeoutsOf([])];
  // An inserted entry has its own timeout, and needs no packet.
  if (planned?.state === undefined) return false;
  if (planned.state === "time-wait") return tuned.timeWait < untuned.timeWait;
  return dnsTrackingOf(tunings) === "none" || tuned.udp < untuned.udp;
}

/** Entries in the table that a fill is meant for; null where none is tracked. Behind a gateway that is the router's. */
function countOfFill({ router, samples }: Timeline, atNs: number, plan: PlanView | null): number | null {
  if (plan?.scenario.lab.tracking === false) return null;
  if (plan?.scenario.lab.topology === "gateway") return router === null || router.length === 0 ? null : countAt(router, atNs);
  return samples.length === 0 ? null : countAt(samples, atNs);
}

function shortOf(fills: Timeline["filled"], planned: PlannedPhaseView | undefined): string[] {
  const sum = (of: (fill: Timeline["filled"][number]) => number): number => fills.reduce((total, fill) => total + of(fill), 0);
  const flows = sum((fill) => fill.flows);
  const replied = sum((fill) => fill.replied);
  const confirmed = sum((fill) => fill.confirmed);
  const failed = new Map<string, number>();
  for (const fill of fills) for (const [errno, count] of Object.entries(fill.failed)) failed.set(errno, (failed.get(errno) ?? 0) + count);
  const texts: string[] = [];
  // What is inserted is not sent, and nobody is meant to answer what is unreplied.
  const inserted = fills.some((fill) => fill.inserted !== undefined);
  if (!inserted && planned?.state !== "unreplied" && replied < flows) texts.push(`${tally(flows - replied)} of ${tally(flows)} flows of the fill got no answer: they are not what was planned`);
  if (planned?.state === "assured" && confirmed < flows) texts.push(`${tally(flows - confirmed)} of ${tally(flows)} flows of the fill are not known to be ASSURED`);
  const refused = [...failed].filter(([, count]) => count > 0).map(([errno, count]) => `${tally(count)} ${errno}`);
  if (refused.length > 0) texts.push(`${inserted ? "entries that the fill inserted were refused" : "sends of the fill failed"}: ${refused.join(", ")}`);
  return texts;
}

/** A limit that another process changed, or that is not the planned one. */
export function changedMax({ samples }: Timeline, plan: PlanView | null): string[] {
  const texts: string[] = [];
  let first: number | null = null;
  let last: number | null = null;
  for (let index = 0; index < samples.length; index += 1) {
    const max = known(samples.max, index);
    if (max === null) continue;
    if (last !== null && max !== last) {
      texts.push(`nf_conntrack_max changed from ${tally(last)} to ${tally(max)}, seen ${seconds(samples.atNs[index] ?? 0)} after the start: another process set it`);
    }
    first ??= max;
    last = max;
  }
  if (first !== null && plan !== null && first !== plan.table.max) {
    texts.unshift(`nf_conntrack_max was ${tally(first)} when the run began, not the planned ${tally(plan.table.max)}`);
  }
  const MOST = 3;
  return texts.length <= MOST ? texts : [...texts.slice(0, MOST), `nf_conntrack_max changed ${tally(texts.length - MOST)} more times`];
}

/** "the embedded resolver died 3.2 s after the start: ended with SIGKILL". */
export function deaths({ serversDied }: Timeline): string[] {
  return serversDied.map(({ atNs, server, why }) => `${server.startsWith("the ") ? server : `the ${server}`} died ${(atNs / 1e9).toFixed(1)} s after the start: ${why}`);
}

/** Programs of the scenario's own that did not end with exit code 0: what the scenario wants of them may not be so. */
export function failedPrograms({ programs }: Timeline): string[] {
  return programs.filter(({ exitCode }) => exitCode !== 0).map(({ command, exitCode, signal, stderr }) => {
    const end = exitCode !== null ? `ended with exit code ${exitCode}` : signal === null ? "ended in a way that is not known" : `was ended by ${signal}`;
    // It may hold anything; control characters would reach the terminal.
    const [said = ""] = stderr.trim().split("\n").map((line) => line.replaceAll(/\p{Cc}/gu, " ").trim());
    return `the program ${command[0] ?? ""} ${end}: what it was to do may not be done${said === "" ? "" : ` (${said.slice(0, MOST_SAID)})`}`;
  });
}

/** Datagrams that reached this namespace and no program: a full receive buffer, damage, or a port that nobody listens on. */
export function lostOnReceipt(timeline: Timeline, { sent }: Summary["sends"], plan: PlanView | null): string[] {
  const rcvbuf = loadChange(timeline, "rcvbufErrors");
  const inErrors = loadChange(timeline, "inErrors");
  const noPorts = loadChange(timeline, "noPorts");
  const texts: string[] = [];
  if (rcvbuf !== null && rcvbuf > 0) {
    texts.push(`${plural(rcvbuf, "answer or query was", "answers or queries were")} lost in a full receive buffer in this namespace (Udp.RcvbufErrors): the load was faster than its receiver`);
  }
  // A silent resolver in this namespace has the kernel discard all that it is sent: that is what it is for.
  const meant = plan?.scenario.lab.resolver === "silent" && plan.scenario.lab.topology === "loopback" ? sent : 0;
  // InErrors counts a full buffer as well: __udp_queue_rcv_skb.
  const damaged = inErrors === null || rcvbuf === null ? 0 : inErrors - rcvbuf - meant;
  if (damaged > NOTABLE * sent) texts.push(`${plural(damaged, "datagram was", "datagrams were")} discarded on receipt for another reason than a full buffer (Udp.InErrors)`);
  if (noPorts !== null && noPorts > NOTABLE * sent) {
    texts.push(`${plural(noPorts, "datagram")} came for a port that nobody listened on (Udp.NoPorts): a socket was closed before its answer came, or no resolver was there`);
  }
  return texts;
}
