import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { ENTRY_POINTS } from "../../entry-points.ts";
import { errnoOf, UserError } from "../../errors.ts";
import type { Endpoint } from "../../plan/plan.ts";
import type { ResolverKind } from "../../scenario/scenario.ts";
import { ENVIRONMENT, missing } from "../commands.ts";
import { openConfiguration, UNBOUND_COMMAND } from "./unbound.ts";

const START_TIMEOUT_MS = 10_000;
/** What is kept of what a server says on standard error. */
const TAIL_LENGTH = 8192;

/** A server of the lab that serves. It ends with the lab at the latest. */
export interface RunningServer {
  name: string;
  /** Resolves with the reason when it ends though nobody stopped it. */
  died: Promise<string>;
  stop(): void;
}

/** Where a server of the lab is started. */
interface Serving {
  at: Endpoint;
  /** What to put before its command to start it where it belongs. */
  prefix: readonly string[];
}

/**
 * Starts the lab's resolver at `at`, where `prefix` leads, and resolves when it serves. Throws UserError when it does not.
 * `overTcp`: somebody will ask it over TCP, for which the embedded resolver needs a thread more.
 */
export async function startResolver({ kind, overTcp, ...serving }: Serving & { kind: ResolverKind; overTcp: boolean }): Promise<RunningServer> {
  if (kind !== "unbound") return startOwn("embedded resolver", embeddedCommand(kind, { ...serving.at, overTcp }), serving);
  const configuration = openConfiguration(serving.at);
  try {
    const child = launch([...serving.prefix, ...UNBOUND_COMMAND], [configuration, "ignore", "pipe"]);
    return await running(child, { name: "unbound", ready: (tell) => onceLogged(child, /start of service/, tell) });
  } finally {
    fs.closeSync(configuration);
  }
}

/** Starts what a fill with TCP connections needs: a server that accepts each and closes it. */
export function startTcpSink(serving: Serving): Promise<RunningServer> {
  const script = fileURLToPath(ENTRY_POINTS.tcpSink);
  return startOwn("TCP sink", [process.execPath, script, serving.at.address, String(serving.at.port)], serving);
}

/** A server of ours says so to its parent when it serves. */
function startOwn(name: string, command: readonly string[], { prefix }: Serving): Promise<RunningServer> {
  const child = launch([...prefix, ...command], ["ignore", "inherit", "pipe", "ipc"]);
  return running(child, { name, ready: (tell) => child.once("message", tell) });
}

function launch([program = "", ...args]: readonly string[], stdio: StdioOptions): ChildProcess {
  return spawn(program, args, { env: ENVIRONMENT, stdio });
}

function embeddedCommand(kind: "embedded" | "silent", { address, port, overTcp }: Endpoint & { overTcp: boolean }): string[] {
  const script = fileURLToPath(ENTRY_POINTS.resolver);
  return [process.execPath, script, address, String(port), kind === "silent" ? "silent" : "answer", ...(overTcp ? ["tcp"] : [])];
}

function onceLogged(child: ChildProcess, pattern: RegExp, tell: () => void): void {
  let log = "";
  child.stderr?.on("data", (text: Buffer) => {
    log = (log + text.toString()).slice(-TAIL_LENGTH);
    if (pattern.test(log)) tell();
  });
}

/** Resolves when the server serves, and listens for its end from then on. */
async function running(child: ChildProcess, { name, ready }: { name: string; ready: (tell: () => void) => void }): Promise<RunningServer> {
  let said = "";
  let stopped = false;
  child.stderr?.on("data", (text: Buffer) => (said = (said + text.toString()).slice(-TAIL_LENGTH)));
  const ending = (code: number | null, signal: string | null): string => {
    const line = said.trim().split("\n").at(-1) ?? "";
    return `ended with ${signal ?? code}${line === "" ? "" : `: ${line}`}`;
  };
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new UserError(`the lab's server (${name}) ${why}`));
    const timer = setTimeout(() => fail(`did not start within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    child.once("error", (error) => reject(errnoOf(error) === "ENOENT" ? missing(child.spawnfile) : error));
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      fail(ending(code, signal));
    });
    ready(() => {
      clearTimeout(timer);
      resolve();
    });
  });
  // What it said while it started is not why it ended.
  said = "";
  const died = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      if (stopped) return;
      // Its last words may still be on their way.
      child.once("close", () => resolve(ending(code, signal)));
    });
  });
  return {
    name,
    died,
    stop() {
      stopped = true;
      child.kill("SIGKILL");
    },
  };
}
