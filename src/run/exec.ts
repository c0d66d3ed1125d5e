import { spawn } from "node:child_process";
import type { Clock } from "../clock.ts";
import { errnoOf, UserError } from "../errors.ts";
import { ENVIRONMENT } from "../lab/commands.ts";
import type { Endpoint } from "../plan/plan.ts";
import type { EventRecord } from "../store/records.ts";

/** What is kept of each output stream. */
const MOST_OUTPUT = 64 * 1024;

/**
 * Runs a person's own program in the client's namespace and keeps what it said. `{resolver}` and `{port}` in its
 * words become the resolver's. How it ends is a fact, not a failure of the run; only a program that is not there is.
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
  const [program = "", ...args] = words;
  const startNs = clock.nowNs();
  const child = spawn(program, args, { env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs, killSignal: "SIGKILL", signal });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout = (stdout + text).slice(0, MOST_OUTPUT)));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(0, MOST_OUTPUT)));
  const end = await new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
    child.on("error", (error) => {
      if (errnoOf(error) === "ENOENT") reject(new UserError(`exec: ${program} is not installed in this machine's PATH`));
      else if (error.name !== "AbortError") reject(error);
    });
    child.on("close", (exitCode, by) => resolve({ exitCode, signal: by }));
  });
  const atNs = clock.nowNs();
  return { type: "exec", atNs, phase, command: words, ...end, stdout, stderr, tookNs: atNs - startNs };
}
