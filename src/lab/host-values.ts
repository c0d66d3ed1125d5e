import fs from "node:fs";
import path from "node:path";
import { errnoOf, UserError } from "../errors.ts";
import { parseUnsigned } from "../kernel/sysctl.ts";

/** The two values that belong to the whole host. Bigger buckets must be there before a bigger max. */
const FILES = { buckets: "nf_conntrack_buckets", max: "nf_conntrack_max" } as const;
type Name = keyof typeof FILES;
export type HostValueSet = Partial<Record<Name, number>>;

/** Where values are, and where the journal is. /run is emptied by a reboot, and so are the values. */
export interface HostPaths {
  netfilter: string;
  journal: string;
}
const HOST_PATHS: HostPaths = { netfilter: "/proc/sys/net/netfilter", journal: "/run/tablefull/host-values.json" };

/** What is written down before anything is changed. */
interface Journal {
  /** The process that will restore, and its start time (proc(5), field 22), as a pid can be used again. */
  pid: number;
  startTicks: string;
  /** Each value: what it was, and what it was set to (as read back; null until then). */
  values: Partial<Record<Name, { before: number; set: number | null }>>;
}

/** What a restore did with one value. */
export interface Restored {
  name: string;
  value: number;
  /** Somebody else changed the value meanwhile: it was left as they set it. */
  leftAlone: boolean;
}

/**
 * Sets host-wide values, journal first, and verifies each by reading it back. The caller must call `restoreHostValues`
 * in the end; if it is killed the next start does. Throws UserError when another run holds them or the kernel refuses.
 */
export function setHostValues(wanted: HostValueSet, paths: HostPaths = HOST_PATHS): void {
  const owner = readJournal(paths);
  if (owner !== null) {
    throw new UserError(`another run (pid ${owner.pid}) has changed host-wide values; wait for its end, or see \`tablefull restore\``);
  }
  const names = (Object.keys(FILES) as Name[]).filter((name) => wanted[name] !== undefined);
  if (names.length === 0) return;
  const journal: Journal = { pid: process.pid, startTicks: startTicks(process.pid), values: {} };
  for (const name of names) journal.values[name] = { before: read(name, paths), set: null };
  writeJournal(journal, paths);
  try {
    for (const name of names) {
      const before = read(name, paths);
      write(name, wanted[name] as number, paths);
      const set = read(name, paths);
      // The kernel rounds buckets up to whole pages; a max is taken as it is.
      if (name === "max" ? set !== wanted.max : set < (wanted.buckets as number)) {
        throw new UserError(`the kernel did not take ${FILES[name]} = ${wanted[name]}: it reads ${set}`);
      }
      journal.values[name] = { before, set };
      writeJournal(journal, paths);
    }
  } catch (error) {
    restoreHostValues(paths);
    throw error;
  }
}

/** Puts back what this process set. Does nothing where it set nothing. Synchronous: it also runs at exit. */
export function restoreHostValues(paths: HostPaths = HOST_PATHS): Restored[] {
  const journal = readJournal(paths);
  return journal === null || !isAlive(journal) || journal.pid !== process.pid ? [] : undo(journal, paths);
}

/** Restores what a killed run left behind. Throws UserError when the run that holds the values is still alive. */
export function restoreLeftovers(paths: HostPaths = HOST_PATHS): Restored[] {
  const journal = readJournal(paths);
  if (journal === null) return [];
  if (isAlive(journal)) {
    throw new UserError(`the run that changed host-wide values still goes on (pid ${journal.pid}); it restores them when it ends: kill ${journal.pid}`);
  }
  return undo(journal, paths);
}

function isAlive({ pid, startTicks: then }: Journal): boolean {
  return startTicks(pid) === then;
}

function undo(journal: Journal, paths: HostPaths): Restored[] {
  const restored: Restored[] = [];
  // Max first: a small table must not keep a big max.
  for (const name of ["max", "buckets"] as const) {
    const entry = journal.values[name];
    if (entry === undefined) continue;
    const now = read(name, paths);
    const leftAlone = entry.set !== null && now !== entry.set && now !== entry.before;
    if (!leftAlone && now !== entry.before) write(name, entry.before, paths);
    restored.push({ name: FILES[name], value: leftAlone ? now : read(name, paths), leftAlone });
  }
  fs.rmSync(paths.journal, { force: true });
  return restored;
}

function read(name: Name, { netfilter }: HostPaths): number {
  const value = parseUnsigned(fs.readFileSync(path.join(netfilter, FILES[name]), "utf8"));
  if (value === null) throw new Error(`${FILES[name]} does not hold a number`);
  return value;
}

function write(name: Name, value: number, { netfilter }: HostPaths): void {
  try {
    fs.writeFileSync(path.join(netfilter, FILES[name]), `${value}\n`);
  } catch (error) {
    throw new UserError(`cannot set ${FILES[name]} to ${value}: ${errnoOf(error) ?? String(error)}; it needs root in the host's own network namespace`);
  }
}

function readJournal({ journal }: HostPaths): Journal | null {
  let text: string;
  try {
    text = fs.readFileSync(journal, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw new UserError(`cannot read the journal of host-wide values ${journal}: ${errnoOf(error) ?? String(error)}`);
  }
  return JSON.parse(text) as Journal;
}

/** By rename, so that the journal is either the old or the new one, never half of it. */
function writeJournal(journal: Journal, { journal: file }: HostPaths): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, `${JSON.stringify(journal)}\n`, { mode: 0o600, flush: true });
  fs.renameSync(temporary, file);
}

/** When a process started, in clock ticks since boot; empty when there is no such process. */
function startTicks(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name is in parentheses and may hold anything; fields go on after the last one.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
