import { spawn } from "node:child_process";
import fs from "node:fs";
import type { Readable } from "node:stream";
import type { Clock } from "../clock.ts";
import { errnoOf } from "../errors.ts";
import { type Composition, createCompositionCounter } from "../kernel/composition.ts";
import type { CompositionRecord, EventRecord } from "../store/records.ts";

type Missing = Extract<EventRecord, { type: "composition-missing" }>;

/**
 * Counts who fills the table now. Walks the whole table, so it is for a few moments of a run, not for sampling.
 * Reads `conntrack -L`, or /proc/net/nf_conntrack where that command is missing.
 */
export async function takeComposition({ clock, moment, router }: {
  clock: Clock;
  moment: CompositionRecord["moment"];
  /** The router's namespace file, to count its table instead of the client's. */
  router: string | null;
}): Promise<CompositionRecord | Missing> {
  const atNs = clock.nowNs();
  try {
    const { groups } = await countDump(router);
    return { type: "composition", atNs, tookNs: clock.nowNs() - atNs, moment, ...(router === null ? {} : { host: "router" }), groups };
  } catch (error) {
    return { type: "composition-missing", atNs, moment, why: error instanceof Error ? error.message : String(error) };
  }
}

async function countDump(router: string | null): Promise<Composition> {
  try {
    return await countCommand(router === null ? [] : ["nsenter", `--net=${router}`]);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" || router !== null) throw error;
    return await count(fs.createReadStream("/proc/net/nf_conntrack", "latin1"));
  }
}

async function countCommand(prefix: string[]): Promise<Composition> {
  const [command = "", ...args] = [...prefix, "conntrack", "-L"];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const exit = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(explained(complaint) || `conntrack -L ended with ${code}`))));
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
