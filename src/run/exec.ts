import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../clock.ts";
import { errnoOf, UserError } from "../errors.ts";
import { ENVIRONMENT } from "../lab/commands.ts";
import type { Endpoint } from "../plan/plan.ts";
import type { EventRecord } from "../store/event-records.ts";

/** What is kept of each output stream. */
const MOST_OUTPUT = 64 * 1024;
/** How long the rest of the output is waited for once the program has ended: what it left in the background keeps its pipes open. */
const OUTPUT_GRACE_MS = 300;

/** Why the kernel starts no program: execve(2). */
const REFUSALS: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOEXEC: "it is no program that this machine can run",
  E2BIG: "its words are too long",
  ENOTDIR: "a part of its path is not a directory",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "its name is too long",
  ENOMEM: "not enough memory",
  EAGAIN: "too many processes",
  EMFILE: "too many open files",
};

interface ExecEnd {
  exitCode: number | null;
  signal: string | null;
}

/**
 * Runs a person's own program in the client's namespace and keeps what it said. `{resolver}` and `{port}` in its
 * words become the resolver's. How it ends is a fact, not a failure of the run; only a program that cannot be started is.
 * The timeout and `signal` end it with everything it started, unless that left its process group.
 */
export async function execInLab({ command, timeoutMs, phase, target, clock, signal }: {
  command: readonly string[];
  timeoutMs: number;
  phase: number;
  target: Endpoint;
  clock: Clock;
  signal: AbortSignal;
}): Promise<Extract<EventRecord, { type: "exec" }>> {
  const words = command.map((word) => word.replaceAll("{resolver}", target.address).replaceAll("{port}", String(target.port)));
  const startNs = clock.nowNs();
  const child = await start(words);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout = (stdout + text).slice(0, MOST_OUTPUT)));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(0, MOST_OUTPUT)));
  const end = await endOf(child, { timeoutMs, signal });
  const atNs = clock.nowNs();
  return { type: "exec", atNs, phase, command: words, ...end, stdout, stderr, tookNs: atNs - startNs };
}

/** Starts the program as the leader of a process group of its own. Throws UserError where the kernel refuses. */
async function start(words: readonly string[]): Promise<ChildProcess> {
  const [program = "", ...args] = words;
  try {
    const child = spawn(program, args, { env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"], detached: true });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    return child;
  } catch (error) {
    const code = errnoOf(error);
    if (code === null) throw error;
    if (code === "ENOENT") throw new UserError(`exec: ${program} is not installed in this machine's PATH`);
    throw new UserError(`exec: ${program.slice(0, 200)} cannot be started: ${REFUSALS[code] ?? code}`);
  }
}

async function endOf(child: ChildProcess, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<ExecEnd> {
  const killGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch (error) {
      if (errnoOf(error) !== "ESRCH") throw error;
    }
  };
  const timer = setTimeout(killGroup, timeoutMs);
  signal.addEventListener("abort", killGroup);
  process.once("exit", killGroup);
  if (signal.aborted) killGroup();
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = await new Promise<ExecEnd>((resolve) => child.once("exit", (exitCode, by) => resolve({ exitCode, signal: by })));
  clearTimeout(timer);
  signal.removeEventListener("abort", killGroup);
  process.off("exit", killGroup);
  let grace: NodeJS.Timeout | undefined;
  await Promise.race([closed, new Promise<void>((resolve) => (grace = setTimeout(resolve, OUTPUT_GRACE_MS)))]);
  clearTimeout(grace);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return end;
}
