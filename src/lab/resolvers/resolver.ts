import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { errnoOf, UserError } from "../../errors.ts";
import type { Endpoint } from "../../plan/plan.ts";
import type { ResolverKind } from "../../scenario/scenario.ts";
import { ENVIRONMENT, missing } from "../commands.ts";
import { unboundCommand } from "./unbound.ts";

const START_TIMEOUT_MS = 10_000;

/** A running resolver. It ends with the lab at the latest. */
export interface RunningResolver {
  stop(): void;
}

/** Starts the lab's resolver at `at`, where `prefix` leads, and resolves when it serves. Throws UserError when it does not. */
export async function startResolver({ kind, at, prefix }: { kind: ResolverKind; at: Endpoint; prefix: readonly string[] }): Promise<RunningResolver> {
  const own = kind !== "unbound";
  const command = own ? embeddedCommand(kind, at) : unboundCommand(at);
  const [program = "", ...args] = [...prefix, ...command];
  const child = spawn(program, args, { env: ENVIRONMENT, stdio: own ? ["ignore", "inherit", "pipe", "ipc"] : ["ignore", "ignore", "pipe"] });
  await (own ? firstMessage(child, kind) : firstLine(child, kind, /start of service/));
  return { stop: () => void child.kill("SIGKILL") };
}

/** Starts what a fill with TCP connections needs: a server that accepts each and closes it. */
export async function startTcpSink({ at: { address, port }, prefix }: { at: Endpoint; prefix: readonly string[] }): Promise<RunningResolver> {
  const script = fileURLToPath(new URL("./tcp-sink.js", import.meta.url));
  const [program = "", ...args] = [...prefix, process.execPath, script, address, String(port)];
  const child = spawn(program, args, { env: ENVIRONMENT, stdio: ["ignore", "inherit", "pipe", "ipc"] });
  await firstMessage(child, "TCP sink");
  return { stop: () => void child.kill("SIGKILL") };
}

function embeddedCommand(kind: "embedded" | "silent", { address, port }: Endpoint): string[] {
  const script = fileURLToPath(new URL("./embedded/main.js", import.meta.url));
  return [process.execPath, script, address, String(port), kind === "silent" ? "silent" : "answer"];
}

function firstMessage(child: ChildProcess, kind: string): Promise<void> {
  return started(child, kind, (ready) => child.once("message", ready));
}

function firstLine(child: ChildProcess, kind: string, pattern: RegExp): Promise<void> {
  return started(child, kind, (ready) => {
    let log = "";
    child.stderr?.on("data", (text: Buffer) => {
      log = (log + text.toString()).slice(-8192);
      if (pattern.test(log)) ready();
    });
  });
}

function started(child: ChildProcess, kind: string, listen: (ready: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    const timer = setTimeout(() => fail(`did not start within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new UserError(`the resolver (${kind}) ${why}${complaint === "" ? "" : `: ${complaint.trim().split("\n").at(-1)}`}`));
    };
    child.stderr?.on("data", (text: Buffer) => (complaint = (complaint + text.toString()).slice(-8192)));
    child.once("error", (error) => (errnoOf(error) === "ENOENT" ? reject(missing(child.spawnfile)) : reject(error)));
    child.once("exit", (code, signal) => fail(`ended with ${signal ?? code}`));
    listen(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
