import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { makeDirectories } from "../directories.ts";
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

/** Each value: what it was, and what it was set to (as read back; null until then). */
const change = z.object({ before: z.number(), set: z.number().nullable() });
/** What is written down before anything is changed. */
const journalFile = z.object({
  /** The process that will restore, and its start time (proc(5), field 22), as a pid can be used again. */
  pid: z.number(),
  startTicks: z.string(),
  values: z.object({ max: change.optional(), buckets: change.optional() }),
});
type Journal = z.infer<typeof journalFile>;

/** What this process has set, by the journal's path: enough to restore where somebody has removed the journal. */
const held = new Map<string, Journal>();

/** What a restore did with one value. */
export interface Restored {
  name: string;
  value: number;
  /** Somebody else changed the value meanwhile: it was left as they set it. */
  leftAlone: boolean;
  /** The journal had vanished meanwhile; the value was restored from memory. */
  journalGone?: true;
}

/**
 * Sets host-wide values, journal first, and verifies each by reading it back. The caller must call `restoreHostValues`
 * in the end; if it is killed the next start does. Throws UserError when another run holds them or the kernel refuses.
 */
export function setHostValues(wanted: HostValueSet, paths: HostPaths = HOST_PATHS): void {
  const names = (Object.keys(FILES) as Name[]).filter((name) => wanted[name] !== undefined);
  if (names.length === 0) return;
  const journal: Journal = { pid: process.pid, startTicks: startTicks(process.pid), values: {} };
  claimJournal(journal, paths);
  held.set(paths.journal, journal);
  try {
    // Read only now: before the claim they may have been another run's.
    for (const name of names) journal.values[name] = { before: read(name, paths), set: null };
    writeJournal(journal, paths);
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
  const journal = held.get(paths.journal);
  if (journal === undefined) return [];
  const journalGone = !fs.existsSync(paths.journal);
  const restored = undo(journal, paths);
  held.delete(paths.journal);
  return journalGone ? restored.map((value) => ({ ...value, journalGone })) : restored;
}

/**
 * Restores what a killed run left behind. Throws UserError when the run that holds the values is still alive;
 * `advice` says what to do then.
 */
export function restoreLeftovers(paths: HostPaths = HOST_PATHS, advice: (pid: number) => string = () => "wait for its end"): Restored[] {
  const journal = readJournal(paths);
  if (journal === null) return [];
  if (isAlive(journal)) {
    throw new UserError(`the run that changed host-wide values still goes on (pid ${journal.pid}) and restores them when it ends; ${advice(journal.pid)}`);
  }
  if (!mayRestore(paths)) throw new UserError("a killed run left host-wide values changed; put them back first: sudo tablefull restore");
  return undo(journal, paths);
}

function mayRestore({ netfilter }: HostPaths): boolean {
  try {
    fs.accessSync(path.join(netfilter, FILES.max), fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
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
  forgetJournal(journal, paths);
  return restored;
}

/** Removes the journal, unless it has become another run's, or cannot be read and may be. */
function forgetJournal({ pid, startTicks: then }: Journal, paths: HostPaths): void {
  try {
    const owner = readJournal(paths);
    if (owner?.pid === pid && owner.startTicks === then) fs.rmSync(paths.journal, { force: true });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
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
    const code = errnoOf(error) ?? String(error);
    const way = code === "EACCES" || code === "EPERM" ? "; it needs root (sudo)" : "";
    throw new UserError(`cannot read the journal of host-wide values ${journal}: ${code}${way}`);
  }
  const parsed = journalFile.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const names = Object.values(FILES).map((name) => `net.netfilter.${name}`).join(" ");
  throw new UserError(`the journal of host-wide values ${journal} is damaged; see that the values are as you want them (sysctl ${names}), then remove it`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Makes the journal this run's, if there is none: a link is made by one process only, and of a whole file. Throws UserError for all others. */
function claimJournal(journal: Journal, paths: HostPaths): void {
  const temporary = writeTemporary(journal, paths);
  try {
    fs.linkSync(temporary, paths.journal);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    const owner = readJournal(paths);
    const who = owner === null ? "another run" : `another run (pid ${owner.pid})`;
    throw new UserError(`${who} has changed host-wide values; wait for its end, or see \`tablefull restore\``);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** Readable for all, as every run looks for it; by rename, so that the journal is either the old or the new one, never half of it. */
function writeJournal(journal: Journal, paths: HostPaths): void {
  fs.renameSync(writeTemporary(journal, paths), paths.journal);
}

function writeTemporary(journal: Journal, { journal: file }: HostPaths): string {
  const temporary = `${file}.${process.pid}`;
  try {
    makeDirectories(path.dirname(file));
    fs.writeFileSync(temporary, `${JSON.stringify(journal)}\n`, { flush: true });
    // Whatever root's umask says: a run without privileges must see that values are changed.
    fs.chmodSync(path.dirname(file), 0o755);
    fs.chmodSync(temporary, 0o644);
  } catch (error) {
    throw new UserError(`cannot write the journal of host-wide values ${file}: ${errnoOf(error) ?? String(error)}; nothing is changed without it`);
  }
  return temporary;
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
