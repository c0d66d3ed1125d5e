import { epermShare } from "../model/early-drop.ts";
import { flowsOpened, timeToFillS } from "../model/occupancy.ts";
import type { Cause } from "../scenario/scenario.ts";
import { splitByShares } from "./flows.ts";
import type { Plan, PlannedFill, PlannedLoad, PlannedPhase } from "./plan.ts";

/** What the model of docs/KERNEL.md says will happen, before anything runs. Ideal: no lateness, no foreign traffic. */
export interface Prediction {
  /** One for each phase of the plan, in order. */
  phases: PhasePrediction[];
  /** Null where something acts that the model does not know. */
  cause: Cause | null;
  /** What that is, in words; empty where the model knows everything. */
  unknown: string[];
}

export interface PhasePrediction {
  kind: PlannedPhase["kind"];
  /** False for a load on which something acts that the model does not know: what becomes of its flows is null. */
  known: boolean;
  /** Queries of a load; null for other phases, and when that depends on the machine's speed. */
  queries: number | null;
  /** Distinct flows the phase can open; null for phases that open none of their own. */
  flowSpace: number | null;
  /** Distinct flows it will have tried to open; null when that depends on the machine's speed. */
  flows: number | null;
  /** Entries in the table when it ends; null when that depends on the machine's speed. */
  entries: number | null;
  /** Seconds from its start until the table is full; null if it never fills, or if that depends on the machine's speed. */
  fullAfterS: number | null;
  /** Share of new flows refused with EPERM once the table is full; null if it never fills. */
  epermShare: number | null;
  /** Sends refused with EPERM; null when that depends on the machine's speed. */
  eperm: number | null;
}

/** Timeouts of UDP entries (`nf_conntrack_udp_timeout`, `_stream`) and what the collector adds to them, at most. */
const UDP_TIMEOUT_S = 30;
const UDP_STREAM_TIMEOUT_S = 120;
const COLLECTOR_FACTOR = 1.5;
/** A new entry is refused when a chain it would join is longer than 50 to 80 (`MIN_CHAINLEN`, `MAX_CHAINLEN`); each entry is in two. */
const SHORTEST_LONG_CHAIN = 50;
/** A flow older than this that is used again becomes ASSURED. */
const ASSURED_AFTER_S = 2;

/** Entries of the lab's table between phases, by what they are and how long they stay. */
type Table = readonly Entries[];

interface Entries {
  count: number;
  assured: boolean;
  timeoutS: number;
}

export function predict(plan: Plan): Prediction {
  if (plan.scenario.lab.topology !== "host" && !plan.scenario.lab.tracking) {
    return { phases: plan.phases.map(untracked), cause: "untracked", unknown: [] };
  }
  let table: Table = [];
  const phases = plan.phases.map((phase) => {
    const { prediction, after } = predictPhase(phase, table, plan.table);
    table = after;
    return prediction;
  });
  const unknown = beyondModel(plan);
  if (unknown.length === 0) return { phases, cause: causeOf(phases, plan.table.buckets), unknown };
  const { ruleset, topology } = plan.scenario.lab;
  // Rules and a router are there from the start, a program acts from its phase on.
  const from = ruleset !== null || topology === "gateway" ? 0 : plan.phases.findIndex(({ kind }) => kind === "exec");
  return { phases: phases.map((phase, i) => (phase.kind === "load" && i >= from ? withoutFate(phase) : phase)), cause: null, unknown };
}

function beyondModel({ scenario, phases }: Plan): string[] {
  const { ruleset, topology } = scenario.lab;
  return [
    ...(ruleset === null ? [] : ["the scenario's own rules"]),
    ...(topology === "gateway" ? ["a router"] : []),
    ...(phases.some(({ kind }) => kind === "exec") ? ["the scenario's own programs"] : []),
  ];
}

function withoutFate(load: PhasePrediction): PhasePrediction {
  return { ...load, known: false, entries: null, fullAfterS: null, epermShare: null, eperm: null };
}

function predictPhase(phase: PlannedPhase, before: Table, limits: Plan["table"]): { prediction: PhasePrediction; after: Table } {
  const none = { kind: phase.kind, known: true, queries: null, flowSpace: null, flows: null, fullAfterS: null, epermShare: null, eperm: null };
  switch (phase.kind) {
    case "fill": {
      const lacking = Math.max(0, phase.entries - total(before));
      const after = [...before, ...filled(phase, lacking)];
      return { prediction: { ...none, flows: lacking, entries: total(after) }, after };
    }
    case "rest": {
      const restS = phase.durationMs / 1_000;
      const after = before
        .filter(({ timeoutS }) => restS < timeoutS * COLLECTOR_FACTOR)
        .map((entries) => ({ ...entries, timeoutS: Math.max(0, entries.timeoutS - restS) }));
      return { prediction: { ...none, entries: total(after) }, after };
    }
    case "exec":
      return { prediction: { ...none, entries: null }, after: before };
    case "load":
      return predictLoad(phase, before, limits);
  }
}

function predictLoad(load: PlannedLoad, before: Table, { max, buckets }: Plan["table"]): { prediction: PhasePrediction; after: Table } {
  const free = Math.max(0, max - total(before));
  const queries = queriesOf(load);
  const flows = queries === null ? null : distinctFlows(load, queries);
  const fills = (flows ?? load.flowSpace) > free;
  // A pool's sockets are used again and again, and such flows become ASSURED; all others are evictable.
  const reused = load.strategy === "pool" && secondsOf(load) > ASSURED_AFTER_S;
  const opened = Math.min(flows ?? load.flowSpace, free);
  const after = [...before, { count: opened, assured: reused, timeoutS: reused ? UDP_STREAM_TIMEOUT_S : UDP_TIMEOUT_S }];
  const evictable = total(after.filter(({ assured }) => !assured));
  const share = fills ? epermShare({ evictable, buckets }) : null;
  const prediction: PhasePrediction = {
    kind: "load",
    known: true,
    queries,
    flowSpace: load.flowSpace,
    flows,
    entries: flows === null ? null : Math.min(max, total(before) + flows),
    fullAfterS: fills && flows !== null ? fullAfterS(load, free) : null,
    epermShare: share,
    eperm: queries === null || flows === null ? null : epermOf(load, { share: share ?? 0, free, flows, queries }),
  };
  return { prediction, after };
}

/** What a fill adds to the table: one kind of entries with traffic, one for each group of an insertion. */
function filled(fill: PlannedFill, count: number): Entries[] {
  if (fill.by === "insertion") {
    const counts = splitByShares(count, fill.groups.map(({ share }) => share));
    return fill.groups.map(({ assured, timeoutS }, i) => ({ count: counts[i] ?? 0, assured, timeoutS }));
  }
  const assured = fill.state === "assured" || fill.state === "time-wait";
  return [{ count, assured, timeoutS: assured ? UDP_STREAM_TIMEOUT_S : UDP_TIMEOUT_S }];
}

function total(table: Table): number {
  return table.reduce((sum, { count }) => sum + count, 0);
}

/** Queries that a load will send, as its rate, duration and count bound it; null if only the machine's speed does. */
function queriesOf({ ratePps, durationMs, queries }: PlannedLoad): number | null {
  const byTime = ratePps !== null && durationMs !== null ? (ratePps * durationMs) / 1_000 : null;
  if (byTime === null) return durationMs === null ? queries : null;
  return Math.round(Math.min(byTime, queries ?? Infinity));
}

function secondsOf({ ratePps, durationMs, queries }: PlannedLoad): number {
  const byCount = ratePps !== null && queries !== null ? queries / ratePps : Infinity;
  const seconds = Math.min(byCount, (durationMs ?? Infinity) / 1_000);
  return seconds === Infinity ? 0 : seconds;
}

/** A sweep and a pool go round; a socket per query draws its port at random. */
function distinctFlows(load: PlannedLoad, queries: number): number {
  if (load.strategy !== "per-query") return Math.min(queries, load.flowSpace);
  return flowsOpened({ flowSpace: load.flowSpace, ratePps: queries, elapsedS: 1 });
}

function fullAfterS(load: PlannedLoad, free: number): number | null {
  if (load.ratePps === null) return free === 0 ? 0 : null;
  if (load.strategy !== "per-query") return free / load.ratePps;
  return timeToFillS({ flowSpace: load.flowSpace, ratePps: load.ratePps, entriesFree: free, lifetimeS: UDP_TIMEOUT_S * COLLECTOR_FACTOR });
}

/** Refused flows leave no entry, so each later query on such a tuple is a new flow again; those that got in never fail. */
function epermOf(load: PlannedLoad, { share, free, flows, queries }: { share: number; free: number; flows: number; queries: number }): number {
  if (flows <= free) return 0;
  const space = load.flowSpace;
  const notYetIn = 1 - free / space;
  if (load.strategy === "per-query") return Math.max(0, queries + space * Math.log1p(-free / space)) * notYetIn * share;
  // A sweep and a pool repeat no tuple in their first round.
  return (flows - free + (queries - flows) * notYetIn) * share;
}

function causeOf(phases: PhasePrediction[], buckets: number): Cause {
  const loads = phases.filter((phase) => phase.kind === "load");
  if (loads.some(({ entries }) => (2 * (entries ?? 0)) / buckets > SHORTEST_LONG_CHAIN)) return "chain-too-long";
  if (loads.length === 0) return "inconclusive";
  if (loads.some(({ eperm, epermShare: share }) => (eperm ?? (share ?? 0) * 1e5) >= 1)) return "table-full";
  if (loads.some(({ epermShare: share }) => share !== null)) return "early-drop-masked";
  return "healthy";
}

function untracked(phase: PlannedPhase): PhasePrediction {
  return {
    kind: phase.kind,
    known: true,
    queries: phase.kind === "load" ? queriesOf(phase) : null,
    flowSpace: phase.kind === "load" ? phase.flowSpace : null,
    flows: null,
    // ctnetlink takes entries also where no packet is tracked.
    entries: phase.kind === "fill" && phase.by === "insertion" ? phase.entries : 0,
    fullAfterS: null,
    epermShare: null,
    eperm: phase.kind === "load" ? 0 : null,
  };
}
