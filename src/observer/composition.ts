import { spawn } from "node:child_process";
import fs from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Readable } from "node:stream";
import { type Clock, NS_PER_MS } from "../clock.ts";
import { errnoOf } from "../errors.ts";
import { type Composition, createCompositionCounter } from "../kernel/composition.ts";
import { DumpCounter, dumpRequest } from "../kernel/entry-dump.ts";
import { Arena } from "../libc/arena.ts";
import { errnoName, type Libc } from "../libc/library.ts";
import { withinNamespace } from "../libc/namespace.ts";
import { Netlink, NETLINK_NETFILTER, netlinkBytes } from "../libc/netlink.ts";
import { CallError } from "../libc/sockets.ts";
import type { CompositionRecord, EventRecord } from "../store/event-records.ts";

type Missing = Extract<EventRecord, { type: "composition-missing" }>;

/** The kernel needs about 2 µs an entry (measured); a table that takes longer than this is not worth the wait. */
const LONGEST_NS = 30e9;
/** Parts of a dump, 0.3 ms each, between two looks at what else there is to do. */
const PARTS_AT_ONCE = 8;

/**
 * Counts who fills the table now. Walks the whole table, so it is for a few moments of a run, not for sampling: at 1,000,000
 * entries it takes 2 s of one CPU. Reads a dump of ctnetlink's; where the C library cannot be called `conntrack -L`, in twice the
 * time, and where that command is missing /proc/net/nf_conntrack.
 */
export async function takeComposition({ clock, libc, moment, namespace }: {
  clock: Clock;
  libc: Libc | null;
  moment: CompositionRecord["moment"];
  /** A network namespace whose table to count instead of our own, as a file that setns takes. */
  namespace: string | null;
}): Promise<CompositionRecord | Missing> {
  const atNs = clock.nowNs();
  try {
    const { groups } = await countTable({ clock, libc, namespace });
    return { type: "composition", atNs, tookNs: clock.nowNs() - atNs, moment, groups };
  } catch (error) {
    return { type: "composition-missing", atNs, moment, why: error instanceof Error ? error.message : String(error) };
  }
}

async function countTable({ clock, libc, namespace }: { clock: Clock; libc: Libc | null; namespace: string | null }): Promise<Composition> {
  if (libc === null) return countText(namespace);
  try {
    return await countDump({ clock, libc, namespace });
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return countText(namespace);
  }
}

async function countDump({ clock, libc, namespace }: { clock: Clock; libc: Libc; namespace: string | null }): Promise<Composition> {
  const request = dumpRequest();
  const arena = new Arena(libc, netlinkBytes(request.length));
  const open = (): Netlink => new Netlink(libc, arena, { protocol: NETLINK_NETFILTER, requestBytes: request.length });
  const netlink = namespace === null ? open() : withinNamespace(libc, namespace, open);
  try {
    return await countParts({ arena, clock, netlink, request });
  } finally {
    netlink.close();
  }
}

async function countParts({ arena, clock, netlink, request }: { arena: Arena; clock: Clock; netlink: Netlink; request: Uint8Array }): Promise<Composition> {
  const counter = new DumpCounter();
  const deadlineNs = clock.nowNs() + LONGEST_NS;
  arena.bytes.set(request, netlink.request.offset);
  netlink.ask(request.length);
  for (let part = 1; !counter.ended; part++) {
    const length = netlink.receive();
    if (length === 0) throw new CallError("dump of the table", "ended before its end");
    counter.addPart(arena.view, netlink.received.offset, length);
    if (part % PARTS_AT_ONCE !== 0) continue;
    if (clock.nowNs() > deadlineNs) throw new Error(`counting the table took longer than ${LONGEST_NS / 1e9} s`);
    await setImmediate();
  }
  if (counter.errno !== 0) throw new CallError("dump of the table", errnoName(counter.errno));
  return counter.finish();
}

async function countText(namespace: string | null): Promise<Composition> {
  try {
    return await countCommand(namespace === null ? [] : ["nsenter", `--net=${namespace}`]);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" || namespace !== null) throw error;
    return await count(fs.createReadStream("/proc/net/nf_conntrack", "latin1"));
  }
}

async function countCommand(prefix: string[]): Promise<Composition> {
  const [command = "", ...args] = [...prefix, "conntrack", "-L"];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: LONGEST_NS / NS_PER_MS, killSignal: "SIGKILL" });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const exit = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => (code === 0 ? resolve() : reject(new Error(explained(complaint) || `conntrack -L ended with ${signal ?? code}`))));
  });
  child.stdout.setEncoding("latin1");
  const [composition] = await Promise.all([count(child.stdout), exit]);
  return composition;
}

/** The command's complaint; where it is about privileges, which. */
function explained(complaint: string): string {
  return /must be root|Operation not permitted|Permission denied/.test(complaint) ? "needs root (CAP_NET_ADMIN)" : complaint.trim();
}

async function count(text: Readable): Promise<Composition> {
  const counter = createCompositionCounter();
  for await (const chunk of text) counter.addChunk(chunk as string);
  return counter.finish();
}
