import { z } from "zod";
import { NS_PER_MS, NS_PER_S } from "../clock.ts";
import type { Criterion } from "../plan/limit.ts";
import type { FindingKind } from "./findings.ts";
import type { PhaseTotals } from "./phases.ts";
import { peakShareOf } from "./peak-share.ts";
import { planView, plannedQueries } from "./plan-view.ts";
import type { PlannedPhaseView } from "./plan-view.ts";
import { loadsOf } from "./timeline.ts";
import type { ToldRun } from "./told-run.ts";

/** One run at one rate. Shares are of the attempted sends. */
export const trialSchema = z.object({
  ratePps: z.number(),
  verdict: z.enum(["pass", "eperm", "loss", "generator"]).describe("generator: nothing failed, but the rate was not reached, so nothing is known of it"),
  epermShare: z.number().min(0).max(1),
  lossShare: z.number().describe("Refused, with whatever errno, or not answered in time"),
  peakShare: z.number().nullable().describe("Peak occupancy: the most entries that a sample saw, of max; null where unknown"),
  reachedShare: z.number().describe("Achieved rate of the slowest load, of the planned one"),
  doubts: z.array(z.string()).describe("Why the run may not be like the others"),
  directory: z.string().describe("Where the run is stored"),
});
export type Trial = z.infer<typeof trialSchema>;

/** From here on a rate counts as reached. */
const REACHED = 0.95;
/** A tick's length, and the grace that late queries have: the last attempt is known no better. */
const STAMP_NS = 150 * NS_PER_MS;
/** Doubts about the lab itself; a trial with one of them is not the trial that was planned. */
const OF_THE_LAB: readonly string[] = ["server-died", "fill-short", "max-changed", "foreign-traffic", "receive-buffer", "accounting-broken"] satisfies FindingKind[];

/** Judges a finished run of `ratePps`. */
export function judgeTrial({ summary, timeline, run, directory }: ToldRun, ratePps: number, criterion: Criterion): Trial {
  const { attempted, answered, sent } = summary.sends;
  const ofAttempted = (count: number): number => (attempted === 0 ? 0 : count / attempted);
  const phases = planView(run)?.phases ?? [];
  const reachedShare = Math.min(1, ...loadsOf(timeline).map((load) => reached(load, phases[load.phase])));
  const seen = { eperm: ofAttempted(summary.attribution.eperm), refused: ofAttempted(attempted - sent), lost: ofAttempted(attempted - answered) };
  return {
    ratePps,
    verdict: verdictOf(criterion, { ...seen, reached: reachedShare >= REACHED }),
    epermShare: seen.eperm,
    lossShare: seen.lost,
    peakShare: peakShareOf(summary.table),
    reachedShare,
    doubts: summary.verdict.findings.filter(({ kind }) => OF_THE_LAB.includes(kind)).map(({ text }) => text),
    directory,
  };
}

/**
 * What was refused (over TCP: what never got a connection) counts whether the rate was reached or not; answers that a generator out
 * of breath did not get may be its own loss.
 */
function verdictOf(criterion: Criterion, { eperm, refused, lost, reached: met }: { eperm: number; refused: number; lost: number; reached: boolean }): Trial["verdict"] {
  if (criterion.kind === "eperm" && eperm > 0) return "eperm";
  if (criterion.kind === "loss" && (refused > criterion.most || (met && lost > criterion.most))) return "loss";
  return met ? "pass" : "generator";
}

/** A load that has a duration ends with it and leaves queries out; one that has only a count takes longer. */
function reached({ attempted, lastAttemptNs, retries, startNs }: PhaseTotals, planned: PlannedPhaseView | undefined): number {
  const due = planned === undefined ? null : plannedQueries(planned);
  const ratePps = planned?.ratePps ?? null;
  if (due === null || ratePps === null) return 1;
  const dueNs = (due / ratePps) * NS_PER_S;
  const tookNs = Math.max(dueNs, (lastAttemptNs ?? startNs) - startNs - STAMP_NS);
  return ((attempted - retries) / due) * (dueNs / tookNs);
}
