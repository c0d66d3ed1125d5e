import { NS_PER_MS } from "../clock.ts";
import { BOUNDS } from "../scenario/bounds.ts";
import { type LoadPhase, longLived, overTcp, type Strategy } from "../scenario/scenario.ts";
import { cidr, contains, portCount } from "./addresses.ts";
import { meanArrivalsOf } from "./arrivals/rate.ts";
import { FIRST_SWEEP_PORT, LAB_ADDRESSES, MOST_TCP_CONNECTIONS } from "./lab-addresses.ts";
import { keyOf } from "./overrides.ts";
import type { AddressRange, Engine, PlannedLoad, PortRange } from "./plan.ts";
import { socketLimit, tooManySockets } from "./planning.ts";
import type { Planning } from "./planning.ts";

/** Query ids of one socket; also all that one waits for when a scenario sets no bound. */
const MOST_OUTSTANDING = 65_536;
/** A socket each, `per-query` and `tcp-per-query`: paced loads stay far below it unless answers stop; unpaced ones are bounded by it alone. */
const PER_QUERY_PACED = 4_096;
const PER_QUERY_UNLIMITED = 256;
const LAST_PORT = 65_535;

/**
 * A load with every number filled in; null where no load is possible.
 * @param firstSweepPort where the ports of the fills and sweeps before it end: a sweep that met their tuples would open no new flow
 */
export function planLoad(load: LoadPhase, index: number, firstSweepPort: number, planning: Planning): PlannedLoad | null {
  const { machine } = planning;
  const path = ["phases", index, "load"];
  checkLength(load, path, planning);
  const engine = chooseEngine(load, path, planning);
  const sources = chooseSources(load, path, planning);
  if (sources === undefined) return null;

  const { strategy, threads } = load;
  const ports = strategy === "sweep" && sources !== null
    ? sweepPorts(load, sources, firstSweepPort > LAST_PORT ? FIRST_SWEEP_PORT : firstSweepPort, planning)
    : machine.ephemeralPorts;
  const limit = socketLimit(machine);
  const openPorts = Math.min(portCount(ports), limit);
  const outstanding = load.outstanding ?? defaultOutstanding(load, { limit, openFlows: openPorts * (sources?.size ?? 1) });
  const sockets = { "per-query": outstanding, "tcp-per-query": outstanding, pool: load.sockets, "tcp-persistent": load.sockets, sweep: openPorts }[strategy];
  checkSockets(load, { sockets, outstanding, ports: portCount(ports) }, path, planning);
  checkRetry(load, path, planning);
  checkOpened(load, path, planning);

  const flowSpace = longLived(load.strategy) ? sockets : (sources?.size ?? 1) * portCount(ports);
  const { ratePps, shape, durationMs, queries, catchUpMs, timeoutMs, opened, query, retry } = load;
  return { kind: "load", strategy, engine, ratePps, shape, durationMs, queries, catchUpMs, threads, outstanding, timeoutMs, sockets, opened, sources, ports, flowSpace, query, retry };
}

/** A load that its rate stretches beyond an hour has only a count to end it. */
function checkLength(load: LoadPhase, path: (string | number)[], { problems }: Planning): void {
  const { ratePps, shape, durationMs, queries } = load;
  if (durationMs !== null || ratePps === null || queries === null) return;
  const lastMs = meanArrivalsOf({ ratePps, shape }).atNs(queries) / NS_PER_MS;
  if (lastMs <= BOUNDS.durationMs) return;
  const take = lastMs === Infinity ? "are more than this rate ever sends" : `at ${shape === null ? `${ratePps}/s` : "this rate"} take ${(lastMs / 3_600_000).toFixed(1)} hours`;
  problems.at([...path, keyOf("queries")], `${queries} queries ${take}; write fewer, or a duration of at most 1h beside them`, "queries");
}

function chooseEngine(load: LoadPhase, path: (string | number)[], { machine, problems }: Planning): Engine {
  const { strategy } = load;
  const needsLibc = strategy === "sweep" || overTcp(strategy);
  if (needsLibc && load.engine === "dgram") {
    const why = strategy === "sweep" ? "dgram cannot sweep (it cannot set a source address per packet)" : "dgram has no TCP";
    problems.at([...path, keyOf("engine")], `${why}; write engine: libc or auto`, "engine");
  } else if (!machine.libc && needsLibc) {
    problems.at([...path, keyOf("strategy")], `${strategy} needs the C library, and koffi does not load here; run npm run setup, or write strategy: per-query`, "strategy");
  } else if (!machine.libc && load.engine === "libc") {
    problems.at([...path, keyOf("engine")], "libc needs the C library, and koffi does not load here; run npm run setup, or write engine: auto", "engine");
  }
  return load.engine === "auto" ? (machine.libc || needsLibc ? "libc" : "dgram") : load.engine;
}

/** The range; null where the kernel is to choose; undefined where the load cannot be. */
function chooseSources(load: LoadPhase, path: (string | number)[], { scenario, problems }: Planning): AddressRange | null | undefined {
  const { topology } = scenario.lab;
  const at = [...path, "sources"];
  if (topology === "host") {
    if (load.sources !== null) {
      problems.at(at, "is refused in topology host: this machine sends from its own address; remove sources");
      return undefined;
    }
    if (load.strategy === "sweep") {
      problems.at([...path, keyOf("strategy")], "sweep is refused in topology host: it sends from addresses that are not this machine's; write strategy: per-query or pool", "strategy");
      return undefined;
    }
    return null;
  }
  const lab = LAB_ADDRESSES[topology];
  if (load.sources === null) return load.strategy === "sweep" ? cidr(lab.defaultSources) : null;
  const range = cidr(load.sources);
  if (contains(cidr(lab.sources), range)) return range;
  problems.at(at, `${load.sources} is outside the lab; write a range in ${lab.sources}, for example ${lab.defaultSources}`);
  return undefined;
}

/** Enough ports that no query repeats a tuple, a whole number for each thread, and no more than there are. */
function sweepPorts(load: LoadPhase, sources: AddressRange, first: number, { table }: Planning): PortRange {
  if (load.ports !== null) return load.ports;
  const flows = mostQueries(load);
  // Without rate or count nobody knows how many there will be: four times the table overflows it in any case.
  const needed = Math.ceil((flows === Infinity ? 4 * table.max : flows) / sources.size);
  const most = LAST_PORT - first + 1;
  const perThread = Math.max(1, Math.ceil(Math.min(needed, most) / load.threads));
  const count = perThread * load.threads <= most ? perThread * load.threads : Math.max(1, Math.floor(most / load.threads)) * load.threads;
  return { first, last: first + count - 1 };
}

function checkRetry({ retry, strategy }: LoadPhase, path: (string | number)[], { problems }: Planning): void {
  if (retry === null || strategy === "per-query" || strategy === "pool") return;
  const why = strategy === "sweep" ? "a sweep has another flow for every query and goes on with the next one" : "TCP sends a lost packet again by itself, and no program is told that it was refused";
  problems.at([...path, "retry"], `${why}; remove retry, or write strategy: per-query or pool`);
}

function checkOpened({ opened, strategy }: LoadPhase, path: (string | number)[], { problems }: Planning): void {
  if (opened === "at-load" || strategy === "tcp-persistent") return;
  problems.at([...path, "opened"], "at-start is for connections that are there before their first query; remove opened, or write strategy: tcp-persistent");
}

/** Whether each query has a socket of its own. */
function oneEach(strategy: Strategy): boolean {
  return strategy === "per-query" || strategy === "tcp-per-query";
}

/** As many queries as a load may send; Infinity where only the machine's speed tells. */
function mostQueries({ ratePps, shape, durationMs, queries }: LoadPhase): number {
  const byCount = queries ?? Infinity;
  if (ratePps === null || durationMs === null) return byCount;
  const byTime = meanArrivalsOf({ ratePps, shape }).expectedBy(durationMs * NS_PER_MS);
  // Random arrivals are hardly ever more than 6 standard deviations above their mean.
  return Math.min(byCount, shape?.kind === "poisson" ? byTime + 6 * Math.sqrt(byTime) : byTime);
}

/** `openFlows`: what a sweep's open sockets can receive for; an answer that comes after its socket was closed is lost. */
function defaultOutstanding(load: LoadPhase, { limit, openFlows }: { limit: number; openFlows: number }): number {
  if (load.strategy === "sweep") return Math.max(load.threads, Math.min(MOST_OUTSTANDING, openFlows));
  if (longLived(load.strategy)) return MOST_OUTSTANDING;
  return Math.max(load.threads, load.ratePps === null ? Math.min(limit, PER_QUERY_UNLIMITED) : Math.min(limit, PER_QUERY_PACED));
}

function checkSockets(load: LoadPhase, { sockets, outstanding, ports }: { sockets: number; outstanding: number; ports: number }, path: (string | number)[], { machine, problems, scenario }: Planning): void {
  const { strategy, threads } = load;
  const limit = socketLimit(machine);
  if (outstanding < threads) {
    problems.at([...path, keyOf("outstanding")], `${outstanding} is fewer than the ${threads} threads; write at least ${threads}`, "outstanding");
  }
  if (longLived(load.strategy) && sockets < threads) {
    problems.at([...path, keyOf("sockets")], `${sockets} is fewer than the ${threads} threads; write at least ${threads}`, "sockets");
  }
  if (strategy === "sweep" && ports < threads) {
    problems.at([...path, "ports"], `${ports} is fewer than the ${threads} threads, each of which needs a port; write at least ${threads} ports, or threads: ${ports}`);
  } else if (strategy === "sweep" && limit < threads) {
    problems.at([...path, keyOf("threads")], tooManySockets(`${threads} threads, a socket each at least,`, machine, `write threads: ${Math.max(1, limit)}`), "threads");
  }
  if (overTcp(strategy) && scenario.lab.topology !== "host" && sockets > MOST_TCP_CONNECTIONS) {
    const key = longLived(load.strategy) ? "sockets" : "outstanding";
    problems.at([...path, keyOf(key)], `${sockets} are more TCP connections than the ${MOST_TCP_CONNECTIONS} that the lab's resolvers hold; write ${key}: ${MOST_TCP_CONNECTIONS}`, key);
  }
  if (oneEach(load.strategy) && sockets > limit) {
    problems.at([...path, keyOf("outstanding")], tooManySockets(`${sockets} outstanding queries, a socket each,`, machine, `write outstanding: ${limit}`), "outstanding");
  } else if (longLived(load.strategy) && sockets > limit) {
    problems.at([...path, keyOf("sockets")], tooManySockets(`${sockets}`, machine, `write sockets: ${limit}`), "sockets");
  }
}
