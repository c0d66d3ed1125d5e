import { epermShare } from "../model/early-drop.ts";
import { effectiveLifetime, flowsOpened, socketsToOpen } from "../model/occupancy.ts";
import { type Cause, longLived, overTcp, type ResolverKind } from "../scenario/scenario.ts";
import { dnsTrackingOf, timeoutsOf } from "../tuning/catalogue.ts";
import type { DnsTracking, TimeoutsS } from "../tuning/tuning.ts";
import { fullAfterS, queriesOf, recentQueries, secondsOf } from "./filling.ts";
import { splitByShares } from "./flows.ts";
import type { Plan, PlannedFill, PlannedLoad, PlannedPhase } from "./plan.ts";

/** What the model of docs/KERNEL.md says will happen, before anything runs. Ideal: no lateness, no foreign traffic, no pass of the collector (`epermShare`). */
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
  /** Share of new flows refused once the table is full; null if it never fills. */
  epermShare: number | null;
  /** Whether those refusals are told to nobody: over TCP a connection then takes seconds, or times out. */
  silent: boolean;
  /** Where answers alone are tracked: share of queries whose answer is dropped once the table is full, without an error; else null. */
  lostShare: number | null;
  /** Sends refused with EPERM; null when that depends on the machine's speed. */
  eperm: number | null;
}

/** Of a TCP connection in use (`nf_conntrack_tcp_timeout_established`). */
const ESTABLISHED_TIMEOUT_S = 432_000;
/** A new entry is refused when a chain it would join is longer than 50 to 80 (`MIN_CHAINLEN`, `MAX_CHAINLEN`); each entry is in two. */
const SHORTEST_LONG_CHAIN = 50;
/** A flow older than this that is used again becomes ASSURED. */
const ASSURED_AFTER_S = 2;
/** Of the queries: fewer answers lost than this are not what a run is about. */
const NOTABLE_LOSS = 0.05;

/** Entries of the lab's table between phases, by what they are and how long they stay. */
type Table = readonly Entries[];

interface Entries {
  count: number;
  assured: boolean;
  timeoutS: number;
}

/** What holds during the whole run. */
interface World {
  limits: Plan["table"];
  timeouts: TimeoutsS;
  tracked: { dns: DnsTracking; tcp: boolean };
  resolver: ResolverKind;
}

export function predict(plan: Plan): Prediction {
  const { lab, tunings } = plan.scenario;
  const tracking = lab.topology === "host" || lab.tracking;
  const tracked = { dns: tracking ? dnsTrackingOf(tunings) : "none", tcp: tracking } as const;
  const world: World = { limits: plan.table, timeouts: timeoutsOf(tunings), tracked, resolver: lab.resolver };
  let table: Table = tracking ? [{ count: connectionsAtStart(plan), assured: true, timeoutS: ESTABLISHED_TIMEOUT_S }] : [];
  const phases = plan.phases.map((phase) => {
    const { prediction, after } = predictPhase(phase, table, world);
    table = after;
    return prediction;
  });
  // Rules of the scenario's own may track all the same.
  if (!tracking && lab.ruleset === null) return { phases, cause: "untracked", unknown: [] };
  const unknown = beyondModel(plan);
  if (unknown.length === 0) return { phases, cause: causeOf(phases, world), unknown };
  const { ruleset, topology } = lab;
  // Rules and a router are there from the start, a program acts from its phase on.
  const from = ruleset !== null || topology === "gateway" ? 0 : plan.phases.findIndex(({ kind }) => kind === "exec");
  const kept = (phase: PhasePrediction): PhasePrediction => (tracking ? phase : { ...phase, entries: null });
  return { phases: phases.map((phase, i) => (phase.kind === "load" && i >= from ? withoutFate(phase) : kept(phase))), cause: null, unknown };
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
  return { ...load, known: false, entries: null, fullAfterS: null, epermShare: null, lostShare: null, eperm: null };
}

function predictPhase(phase: PlannedPhase, before: Table, world: World): { prediction: PhasePrediction; after: Table } {
  const none = { kind: phase.kind, known: true, queries: null, flowSpace: null, flows: null, fullAfterS: null, epermShare: null, silent: false, lostShare: null, eperm: null };
  switch (phase.kind) {
    case "fill": {
      const lacking = Math.max(0, phase.entries - total(before));
      const after = [...before, ...filled(phase, lacking, world)];
      return { prediction: { ...none, flows: lacking, entries: total(after) }, after };
    }
    case "rest": {
      const after = aged(before, phase.durationMs / 1_000);
      return { prediction: { ...none, entries: total(after) }, after };
    }
    case "exec":
      return { prediction: { ...none, entries: null }, after: before };
    case "load":
      return needsEntries(phase, world) ? predictLoad(phase, before, world) : { prediction: { ...none, queries: queriesOf(phase), flowSpace: phase.flowSpace, entries: total(before), eperm: 0 }, after: before };
  }
}

/** Which packets of a load need entries: rules that exempt DNS are for UDP. */
function trackingOf({ strategy }: PlannedLoad, { tracked }: World): DnsTracking {
  return overTcp(strategy) ? (tracked.tcp ? "both" : "none") : tracked.dns;
}

/** Whether the queries of a load, or their answers, need entries. */
function needsEntries(load: PlannedLoad, world: World): boolean {
  const dns = trackingOf(load, world);
  const { resolver } = world;
  return dns === "both" || (dns === "replies" && resolver !== "silent");
}

function predictLoad(load: PlannedLoad, before: Table, world: World): { prediction: PhasePrediction; after: Table } {
  const { limits: { max, buckets }, timeouts } = world;
  const dns = trackingOf(load, world);
  const free = Math.max(0, max - total(before));
  const queries = queriesOf(load);
  const flows = openedAtStart(load) ? 0 : queries === null ? null : distinctFlows(load, queries);
  const silent = overTcp(load.strategy);
  const lifetimeS = effectiveLifetime(silent ? timeouts.timeWait : timeouts.udp);
  // Sockets that are used again keep their entries alive; others are there for as long as they live.
  const standing = flows === null || queries === null ? null : Math.min(flows, distinctFlows(load, recentQueries(load, { queries, lifetimeS })));
  const fullAfter = fullAfterS(load, { free, lifetimeS });
  // Of a load whose rate is known this also tells whether entries expire as fast as new ones come.
  const fills = (flows ?? load.flowSpace) > free && (fullAfter !== null || flows === null || load.ratePps === null);
  const own = { count: fills ? free : Math.min(standing ?? load.flowSpace, free), ...lasting(load, dns, timeouts) };
  const seconds = secondsOf(load) ?? 0;
  const evictable = total([...before, own].filter(({ assured }) => !assured));
  const share = fills ? epermShare({ evictable, buckets }) : null;
  const old = aged(before, seconds);
  // Once entries expire meanwhile, how many new flows find room depends on when the collector comes; so do retries of the same tuple.
  const steady = !fills || (!triesTupleAgain(load) && [...before, own].every(({ count, timeoutS }) => count === 0 || seconds <= timeoutS));
  const eperm = queries === null || flows === null || !steady ? null : !fills ? 0 : epermOf(load, { share: share ?? 0, free, flows, queries });
  const prediction: PhasePrediction = {
    kind: "load",
    known: true,
    queries,
    flowSpace: load.flowSpace,
    flows,
    entries: standing === null ? null : Math.min(max, total(old) + standing),
    fullAfterS: fills && flows !== null ? fullAfter : null,
    epermShare: dns === "both" ? share : null,
    silent,
    lostShare: dns === "replies" ? share : null,
    eperm: dns === "both" && !silent ? eperm : 0,
  };
  return { prediction, after: [...old, own] };
}

/** How long an entry of a load lives after its last packet. A pool's flows, which are used again and again, become ASSURED; of UDP all others are evictable. */
function lasting(load: PlannedLoad, dns: DnsTracking, timeouts: TimeoutsS): Omit<Entries, "count"> {
  if (overTcp(load.strategy)) return { assured: true, timeoutS: longLived(load.strategy) ? ESTABLISHED_TIMEOUT_S : timeouts.timeWait };
  const reused = dns === "both" && longLived(load.strategy) && (secondsOf(load) ?? 0) > ASSURED_AFTER_S;
  return { assured: reused, timeoutS: reused ? timeouts.udpStream : timeouts.udp };
}

function openedAtStart(load: PlannedLoad): boolean {
  return load.strategy === "tcp-persistent" && load.opened === "at-start";
}

/** Connections of all loads that are made before the first phase. */
function connectionsAtStart({ phases }: Plan): number {
  return phases.reduce((sum, phase) => sum + (phase.kind === "load" && openedAtStart(phase) ? phase.sockets : 0), 0);
}

/** What is left when nothing came to these entries for a while: they stay until the collector has certainly come. */
function aged(table: Table, elapsedS: number): Table {
  return table
    .filter(({ timeoutS }) => elapsedS < effectiveLifetime(timeoutS))
    .map((entries) => ({ ...entries, timeoutS: Math.max(0, entries.timeoutS - elapsedS) }));
}

/** What a fill adds to the table: one kind of entries with traffic, one for each group of an insertion, which is never asked whether it is tracked. */
function filled(fill: PlannedFill, count: number, { tracked, timeouts }: World): Entries[] {
  if (fill.by === "insertion") {
    const counts = splitByShares(count, fill.groups.map(({ share }) => share));
    return fill.groups.map(({ assured, timeoutS }, i) => ({ count: counts[i] ?? 0, assured, timeoutS }));
  }
  if (fill.state === "time-wait") return tracked.tcp ? [{ count, assured: true, timeoutS: timeouts.timeWait }] : [];
  if (tracked.dns === "none" || (tracked.dns === "replies" && fill.state === "unreplied")) return [];
  // An answer that opens an entry of its own is never answered itself.
  const assured = fill.state === "assured" && tracked.dns === "both";
  return [{ count, assured, timeoutS: assured ? timeouts.udpStream : timeouts.udp }];
}

function total(table: Table): number {
  return table.reduce((sum, { count }) => sum + count, 0);
}

/** A sweep, a pool and TCP repeat no tuple before they must; a UDP socket per query draws its port at random. */
function distinctFlows(load: PlannedLoad, queries: number): number {
  if (load.strategy !== "per-query") return Math.min(queries, load.flowSpace);
  return flowsOpened({ flowSpace: load.flowSpace, ratePps: queries, elapsedS: 1 });
}

/** Refused flows leave no entry, so each later query on such a tuple is a new flow again; those that got in never fail. */
function epermOf(load: PlannedLoad, { share, free, flows, queries }: { share: number; free: number; flows: number; queries: number }): number {
  if (flows <= free) return 0;
  const space = load.flowSpace;
  const notYetIn = 1 - free / space;
  if (load.strategy === "per-query") return Math.max(0, queries - socketsToOpen({ flowSpace: space, flows: free })) * refusals(load, notYetIn * share);
  // A sweep and a pool repeat no tuple in their first round.
  return (flows - free + (queries - flows) * notYetIn) * share;
}

/** Refused attempts of one query: each retry has a socket of its own, and so another tuple and other buckets. */
function refusals({ retry }: PlannedLoad, refused: number): number {
  const attempts = retry?.on === "EPERM" ? retry.times + 1 : 1;
  return Array.from({ length: attempts }, (_, n) => refused ** (n + 1)).reduce((sum, share) => sum + share);
}

function triesTupleAgain({ retry, strategy }: PlannedLoad): boolean {
  return retry?.on === "EPERM" && strategy !== "per-query";
}

function causeOf(phases: PhasePrediction[], { limits: { buckets }, tracked }: World): Cause {
  const loads = phases.filter((phase) => phase.kind === "load");
  if (loads.some(({ entries }) => (2 * (entries ?? 0)) / buckets > SHORTEST_LONG_CHAIN)) return "chain-too-long";
  if (loads.length === 0) return "inconclusive";
  const refused = ({ eperm, epermShare: share, flows, silent }: PhasePrediction): number => (silent ? (share ?? 0) * (flows ?? 1e5) : (eperm ?? (share ?? 0) * 1e5));
  if (loads.some((load) => refused(load) >= 1)) return "table-full";
  if (loads.some(({ lostShare }) => (lostShare ?? 0) >= NOTABLE_LOSS)) return "elsewhere";
  if (loads.some(({ epermShare: share, lostShare }) => (share ?? lostShare) !== null)) return "early-drop-masked";
  if (tracked.dns === "none" && loads.every(({ entries }) => entries === 0)) return "untracked";
  return "healthy";
}
