import { epermShare } from "../model/early-drop.ts";
import { effectiveLifetime } from "../model/occupancy.ts";
import { forecast, type Forecast } from "../model/forecast.ts";
import { tableMemoryBytes } from "../model/memory.ts";
import { portCount } from "../kernel/sysctl.ts";
import { makeRoom, raiseBuckets } from "./causes/remedies.ts";
import { percent, plural, tally } from "./words.ts";
import type { HostFacts, LoggedLines } from "./host-facts.ts";

export type Level = "fine" | "at risk" | "failing";

/** One thing that was looked at. */
interface Sign {
  level: Level;
  text: string;
}

/** What `tablefull doctor` says of a machine; the answer of --json, beside the facts. */
export interface Diagnosis {
  level: Level;
  sentence: string;
  signs: Sign[];
  /** What the model says at the rate that was asked about; null where the table's limits are unknown. */
  forecast: { ratePps: number; answer: Forecast } | null;
  /** Comments begin with #; the rest can be typed as it stands. Empty where nothing needs doing. */
  next: string[];
  /** What tablefull itself lacks here, and how to get it. */
  lacks: string[];
}

/** From this occupancy on a burst can fill the table before anybody looks. */
const CLOSE = 0.8;
const FULL = 0.995;
/** More entries a bucket than this make lookups slow, and chains of 50 to 80 refuse new entries (MIN_CHAINLEN). */
const CROWDED = 4;
const UDP_TIMEOUT_S = 30;

/** Judges a machine by its facts. `ratePps`: new flows per second to predict for. */
export function diagnose(facts: HostFacts, { ratePps }: { ratePps: number }): Diagnosis {
  const signs = [tracking(facts), occupancy(facts), refusing(facts), ...log(facts), ratio(facts), ports(facts), excepted(facts)].filter((sign) => sign !== null);
  const level = worst(signs);
  return {
    level,
    sentence: sentenceOf(level, facts),
    signs,
    forecast: predicted(facts, ratePps),
    next: level === "fine" ? [] : remedies(facts),
    lacks: lacking(facts),
  };
}

function worst(signs: readonly Sign[]): Level {
  if (signs.some(({ level }) => level === "failing")) return "failing";
  return signs.some(({ level }) => level === "at risk") ? "at risk" : "fine";
}

function sentenceOf(level: Level, { max, tracks }: HostFacts): string {
  if (max === null) return "There is no connection tracking in this kernel now: the table cannot be full, and EPERM has another cause.";
  if (level === "failing") return "New flows are refused here now, or will be as soon as they come: sends get EPERM.";
  if (level === "at risk") return "The table can fill up here; look at what is marked.";
  if (tracks === false) return "Connection tracking is loaded, but nothing turns it on in this namespace: the table stays empty, and EPERM has another cause.";
  return "The table has room, and nothing was refused.";
}

function tracking({ max, rules, tracks }: HostFacts): Sign | null {
  if (max === null) return { level: "fine", text: "nf_conntrack is not loaded" };
  const by = rules === null ? "; by which rule is not known, as the rules may be listed by root only" : rules.tracking.length === 0 ? "" : `; by ${rules.tracking[0]}${rules.tracking.length > 1 ? ` and ${plural(rules.tracking.length - 1, "more rule")}` : ""}`;
  if (tracks === null) return { level: "fine", text: `whether packets are tracked here could not be tried${by}` };
  return { level: "fine", text: tracks ? `tracking is on in this namespace: a packet on loopback left an entry${by}` : "tracking is off in this namespace: a packet on loopback left no entry" };
}

function occupancy({ composition, compositionMissing, entries, max }: HostFacts): Sign | null {
  if (max === null || entries === null || max === 0) return null;
  const share = entries / max;
  const [largest] = composition ?? [];
  const who = largest !== undefined && entries > 0 ? `; mostly ${largest.protocol.toUpperCase()} ${largest.state}${largest.assured ? ", ASSURED" : ""} (${percent(Math.min(1, largest.entries / entries))})` : compositionMissing === null ? "" : `; by whom is unknown: ${compositionMissing}`;
  return { level: share >= FULL ? "failing" : share >= CLOSE ? "at risk" : "fine", text: `${tally(entries)} of ${tally(max)} entries (${percent(share)})${who}` };
}

function refusing({ counters, watchedMs }: HostFacts): Sign | null {
  const { chainTooLong, drop, earlyDrop, insertFailed } = counters;
  if (drop === null) return null;
  const others = [
    ["early drops", earlyDrop],
    ["failed inserts", insertFailed],
    ["chains too long", chainTooLong],
  ] as const;
  const since = [`${plural(drop.sinceBoot, "packet")} dropped`, ...others.flatMap(([name, counter]) => (counter === null || counter.sinceBoot === 0 ? [] : [`${tally(counter.sinceBoot)} ${name}`]))].join(", ");
  const rose = drop.rose + (chainTooLong?.rose ?? 0);
  const now = rose > 0 ? `; ${tally(rose)} of them within the last ${tally(watchedMs)} ms` : "";
  return { level: rose > 0 ? "failing" : drop.sinceBoot > 0 ? "at risk" : "fine", text: `${since} in this namespace since it began${now}` };
}

/** Since 6.18 the kernel names the namespace whose table is full, unless it is the first. */
function log({ kernelLog }: HostFacts): Sign[] {
  if (kernelLog === null) return [{ level: "fine", text: "the kernel log may not be read by this user (sudo dmesg | grep 'table full')" }];
  const { others, own, unnamed } = kernelLog;
  if (own.lines + unnamed.lines + others.lines === 0) return [{ level: "fine", text: 'no "table full" line in the kernel log' }];
  const told = (level: Level, { lastAgoS, lines }: LoggedLines, about: string): Sign[] =>
    lines === 0 ? [] : [{ level, text: `${plural(lines, '"table full" line')} ${about}${lastAgoS === null ? "" : `, the last ${ago(lastAgoS)} ago`}` }];
  return [
    ...told("at risk", own, "about this namespace in the kernel log"),
    ...told("at risk", unnamed, "in the kernel log without a namespace (until Linux 6.17 any may be meant, since 6.18 the first)"),
    ...told("fine", others, `about other network namespaces in the kernel log${own.lines + unnamed.lines === 0 ? ", none about this one" : ""}`),
  ];
}

function ago(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function ratio({ buckets, max }: HostFacts): Sign | null {
  if (max === null || buckets === null || buckets === 0) return null;
  const share = epermShare({ evictable: max, buckets });
  const crowded = max / buckets > CROWDED;
  const evicts = share > 0.001 ? `; full of entries that may be evicted it refuses ${percent(share)} of new flows, full of ASSURED ones all` : "; full of entries that may be evicted it refuses none, full of ASSURED ones all";
  const memory = `, at most about ${tally(tableMemoryBytes({ entries: max, buckets }) / 2 ** 20)} MiB`;
  return { level: crowded ? "at risk" : "fine", text: `${tally(buckets)} buckets for ${tally(max)} entries (${(max / buckets).toFixed(max < buckets ? 3 : 1)} each)${crowded ? ": chains grow long and slow" : memory}${evicts}` };
}

function ports({ ephemeralPorts, entries, max, openFilesHard }: HostFacts): Sign | null {
  const count = portCount(ephemeralPorts);
  if (max === null) return null;
  const free = max - (entries ?? 0);
  const could = count > free;
  return {
    level: could ? "at risk" : "fine",
    text: `${tally(count)} ephemeral ports (${ephemeralPorts.first}-${ephemeralPorts.last}): one address towards one resolver ${could ? `can open more flows than the ${tally(free)} entries left` : "cannot fill the table alone"}; a process may open ${tally(openFilesHard)} files`,
  };
}

function excepted({ rules }: HostFacts): Sign | null {
  if (rules === null || rules.notrack.length === 0) return null;
  return { level: "fine", text: `${plural(rules.notrack.length, "rule")} with NOTRACK: ${rules.notrack[0]}${rules.notrack.length > 1 ? ", ..." : ""}` };
}

function predicted({ buckets, entries, ephemeralPorts, max, composition, timeoutsS }: HostFacts, ratePps: number): Diagnosis["forecast"] {
  if (max === null || max === 0 || buckets === null) return null;
  const assured = composition === null ? (entries ?? 0) : composition.filter((group) => group.assured).reduce((sum, group) => sum + group.entries, 0);
  const lifetimeS = effectiveLifetime(timeoutsS["udp_timeout"] ?? UDP_TIMEOUT_S);
  return { ratePps, answer: forecast({ max, buckets, flowSpace: portCount(ephemeralPorts), ratePps, lifetimeS, assured: Math.min(max, assured) }) };
}

function remedies({ buckets, composition, entries, max }: HostFacts): string[] {
  if (max === null) return [];
  const [largest] = composition ?? [];
  const filler = largest === undefined || !entries ? null : { protocol: largest.protocol, state: largest.state, assured: largest.assured, share: Math.min(1, largest.entries / entries) };
  const room = makeRoom({ setByScenario: [], table: { max, buckets, peak: entries, filler, inserted: 0 } });
  return buckets !== null && max / buckets > CROWDED ? [...raiseBuckets({ max, buckets, setByScenario: [] }), ...room] : room;
}

function lacking({ labRefusal, libc, missingCommands, privileged }: HostFacts): string[] {
  return [
    ...missingCommands.map(({ command, neededFor, packageName }) => `${command} is not installed (${neededFor}): apt-get install ${packageName}, or npm run setup`),
    ...(labRefusal === null ? [] : [labRefusal]),
    ...(libc ? [] : ["the C library cannot be called (koffi has no binary for this machine): senders use Node's own sockets, which are slower, and there is no sweep"]),
    ...(privileged ? [] : ["host-wide values cannot be set by this user or in this namespace: scenarios with table: need root"]),
  ];
}
