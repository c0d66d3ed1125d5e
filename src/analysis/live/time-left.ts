import type { PlannedPhase } from "../../plan/plan.ts";
import type { TimeLeft } from "./progress.ts";

/** How a phase goes. `attempted`: queries of this phase so far. */
interface Speed {
  elapsedMs: number;
  count: number | null;
  growthPps: number | null;
  attempted: number;
  attemptedPps: number;
}

/** The time that a phase still takes, and the run with all phases after it. */
export function timeLeft(phases: readonly PlannedPhase[], index: number, speed: Speed): TimeLeft {
  const phase = phases[index];
  if (phase === undefined) return { phaseMs: null, runMs: null, estimated: false };
  const plannedMs = durationOf(phase);
  const phaseMs = plannedMs === null ? estimateMs(phase, speed) : Math.max(0, plannedMs - speed.elapsedMs);
  const runMs = phases.slice(index + 1).reduce<number | null>((sumMs, later) => {
    const laterMs = durationOf(later);
    return sumMs === null || laterMs === null ? null : sumMs + laterMs;
  }, phaseMs);
  return { phaseMs, runMs, estimated: plannedMs === null && phaseMs !== null };
}

/** Null where a phase lasts as long as its work does. */
export function durationOf(phase: PlannedPhase): number | null {
  return "durationMs" in phase ? phase.durationMs : null;
}

/** What is left of the work, at the speed of the last second. A fill has more to do when all its entries are there, so then nothing is known. */
function estimateMs(phase: PlannedPhase, { count, growthPps, attempted, attemptedPps }: Speed): number | null {
  if (phase.kind === "fill" && count !== null && growthPps !== null) return leftAt(phase.entries - count, growthPps);
  if (phase.kind === "load" && phase.queries !== null) return leftAt(phase.queries - attempted, attemptedPps);
  return null;
}

function leftAt(work: number, perSecond: number): number | null {
  return work > 0 && perSecond > 0 ? (work / perSecond) * 1000 : null;
}
