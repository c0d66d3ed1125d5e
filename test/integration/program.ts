import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const CLI = path.join(ROOT, "dist/cli.js");
const NOBODY = 65_534;
/** Longer than any scenario here takes on a busy machine. */
const TIMEOUT_MS = 100_000;

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, in the repository's root unless told otherwise. */
export async function execute(command: string, args: readonly string[], { cwd = ROOT }: { cwd?: string } = {}): Promise<Outcome> {
  const child = start(command, args, { cwd });
  return finished(child);
}

/** Starts a command whose end the test awaits later. */
export function start(command: string, args: readonly string[], { cwd = ROOT }: { cwd?: string } = {}): ChildProcess {
  return spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: TIMEOUT_MS, killSignal: "SIGKILL" });
}

export function finished(child: ChildProcess): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** `tablefull` with these words. */
export function tablefull(...words: string[]): Promise<Outcome> {
  return execute(process.execPath, [CLI, ...words]);
}

/** `tablefull run` with --json: its exit code and its summary. */
export async function runScenario(...words: string[]): Promise<{ code: number | null; stderr: string; summary: Summary }> {
  const { code, stdout, stderr } = await tablefull("run", "--json", "--quiet", ...words);
  return { code, stderr, summary: parseSummary(stdout, stderr) };
}

export function parseSummary(stdout: string, stderr: string): Summary {
  if (stdout === "") throw new Error(`no summary on standard output; standard error says: ${stderr}`);
  return JSON.parse(stdout) as Summary;
}

const directories: string[] = [];
// For every test file that imports this one.
afterAll(() => {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
});

/** A fresh directory that is removed when the test file ends. */
export function temporaryDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-test-"));
  directories.push(directory);
  return directory;
}

/** Writes a scenario of the test's own and gives its path. */
export function scenarioFile(directory: string, text: string): string {
  const file = path.join(directory, "scenario.yaml");
  fs.writeFileSync(file, text);
  return file;
}

/** The command that runs the program as an unprivileged user: as ourselves if we are one, else as nobody, from a copy that nobody can read. */
export function unprivileged(): { prefix: string[]; cli: string; results: string; scenarios: string } {
  const directory = temporaryDirectory();
  const results = path.join(directory, "results");
  fs.mkdirSync(results);
  if (process.getuid?.() !== 0) return { prefix: [process.execPath], cli: CLI, results, scenarios: path.join(ROOT, "scenarios") };
  fs.chmodSync(directory, 0o755);
  fs.chownSync(results, NOBODY, NOBODY);
  const packages = execFileSync("npm", ["ls", "--omit=dev", "--all", "--parseable"], { cwd: ROOT, encoding: "utf8" });
  const parts = ["dist", "scenarios", "package.json", ...packages.trim().split("\n").slice(1).map((from) => path.relative(ROOT, from))];
  for (const part of parts) fs.cpSync(path.join(ROOT, part), path.join(directory, part), { recursive: true });
  execFileSync("chmod", ["-R", "a+rX", directory]);
  const prefix = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", process.execPath];
  return { prefix, cli: path.join(directory, "dist/cli.js"), results, scenarios: path.join(directory, "scenarios") };
}

/** `tablefull run` of a shipped scenario as an unprivileged user: its exit code and its summary. */
export async function runRootless(name: string): Promise<{ code: number | null; summary: Summary }> {
  const { prefix, cli, results, scenarios } = unprivileged();
  const [command = "", ...args] = prefix;
  const words = ["run", path.join(scenarios, `${name}.yaml`), "--json", "--quiet", "--results", results];
  const { code, stdout, stderr } = await execute(command, [...args, cli, ...words], { cwd: path.dirname(results) });
  return { code, summary: parseSummary(stdout, stderr) };
}
