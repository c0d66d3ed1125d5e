import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test, vi } from "vitest";
import { openRun, runDirectories } from "../../src/store/read-run.ts";
import { describeLab } from "./capabilities.ts";
import { CLI, finished, scenarioFile, tablefull, temporaryDirectory } from "./program.ts";

const CTRL_C = "\u0003";
/** Erases what is below: the last thing that the view does. */
const BELOW = "\u001B[J";

const LOAD = (duration: string): string => `
name: watched
phases:
  - load: { strategy: per-query, rate: 500/s, duration: ${duration}, threads: 1 }
`;
/** Ends slowly: what has left its process group still holds the output, which is waited for. */
const SLOW_END = `
name: watched
phases:
  - exec: { command: [sh, -c, "setsid sleep 20 & sleep 20"], timeout: 20s }
`;

/** `tablefull run` in a terminal of its own, of 80 columns and 24 rows, whose keys are typed by the test. */
class Terminal {
  readonly results = temporaryDirectory();
  readonly #child: ChildProcess;
  #text = "";
  /** Called when there is more. */
  #more: () => void = () => {};

  constructor(scenario: string) {
    const words = [process.execPath, CLI, "run", scenarioFile(this.results, scenario), "--results", this.results];
    const command = `stty cols 80 rows 24; exec ${words.map((word) => `'${word}'`).join(" ")}`;
    this.#child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, TERM: "xterm", NO_COLOR: "" }, timeout: 60_000, killSignal: "SIGKILL" });
    this.#child.stdout?.setEncoding("utf8").on("data", (more: string) => {
      this.#text += more;
      this.#more();
    });
  }

  /** Waits until the terminal has shown this; fails with what it did show when the program ends before. */
  async shows(words: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#more = () => void (this.#text.includes(words) && resolve());
      this.#more();
      this.#child.once("close", () => reject(new Error(`ended without ${JSON.stringify(words)}: ${this.#text}`)));
    });
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  async ended(): Promise<{ code: number | null; text: string }> {
    const { code } = await finished(this.#child);
    return { code, text: this.#text };
  }

  /** Closes the window. */
  close(): void {
    this.#child.kill("SIGKILL");
  }

  /** The only run that was made. */
  stored(): { directory: string; state: string; told: boolean } {
    const [directory = ""] = runDirectories(this.results);
    return { directory, state: openRun(directory).run.state, told: fs.existsSync(path.join(directory, "summary.json")) };
  }
}

describeLab("in a terminal", () => {
  test("the view is drawn in place, in colour, and gives way to the report", async () => {
    const terminal = new Terminal(LOAD("1500ms"));
    const { code, text } = await terminal.ended();
    expect(code).toBe(0);
    const frames = text.split(BELOW);
    const report = frames.pop() ?? "";
    const upwards = frames.filter((frame) => frame.startsWith("\r\u001B["));
    expect(upwards.length).toBeGreaterThan(4);
    expect(text).toContain("\u001B[36mphase 1 of 1: load\u001B[0m");
    expect(stripVTControlCharacters(frames.join(""))).toMatch(/queries +\d+\/s +of \d+ planned/);
    expect(stripVTControlCharacters(report)).toMatch(/^healthy {2}watched, /);
  });

  test("Ctrl-C stops the run, which is stored and reported", async () => {
    const terminal = new Terminal(LOAD("60s"));
    await terminal.shows("phase 1 of 1: load");
    terminal.type(CTRL_C);
    const { code, text } = await terminal.ended();
    expect(code).toBe(130);
    expect(text).toContain("stopping, the report follows; Ctrl-C again quits at once");
    expect(text).toContain(`Stored in ${terminal.stored().directory}`);
    expect(terminal.stored()).toMatchObject({ state: "interrupted", told: true });
  });

  test("a second Ctrl-C quits at once, and says where the facts are", async () => {
    const terminal = new Terminal(SLOW_END);
    await terminal.shows("phase 1 of 1: exec");
    terminal.type(CTRL_C);
    await terminal.shows("stopping");
    terminal.type(CTRL_C);
    const { code, text } = await terminal.ended();
    expect(code).toBe(130);
    expect(text).toContain("stopped at once: the facts so far are in");
    expect(text).not.toContain("Stored in");
    expect(terminal.stored()).toMatchObject({ told: false });
  });
});

describeLab("a terminal that is closed", () => {
  test("stops the run, which is stored", async () => {
    const terminal = new Terminal(LOAD("60s"));
    await terminal.shows("phase 1 of 1: load");
    terminal.close();
    await vi.waitFor(() => expect(terminal.stored()).toMatchObject({ state: "interrupted", told: true }), { timeout: 30_000, interval: 100 });
  });
});

describeLab("in a log", () => {
  test("there is a line a second, without control characters, and none with --quiet", async () => {
    const results = temporaryDirectory();
    const file = scenarioFile(results, LOAD("2500ms"));
    const [{ code, stderr, stdout }, quiet] = [await tablefull("run", file, "--results", results), await tablefull("run", file, "--duration", "100ms", "--results", results, "--quiet")];
    expect(code).toBe(0);
    const lines = stderr.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^storing the run in /);
    const run = openRun(runDirectories(results)[0] ?? "").run;
    expect(lines.length - 1).toBeGreaterThan(1);
    expect(lines.length - 1).toBeLessThanOrEqual(Math.ceil((run.endedAtNs ?? 0) / 1e9));
    for (const line of lines.slice(1)) expect(line).toMatch(/^1\/1 (lab |load|end ) +\d+\.\d(\/2\.5)? s  table +(\d+\.\d %|unknown)  .* q\/s.* EPERM\/s .* early drops\/s .* answers\/s  p50 .* p99 /);
    expect(stderr + stdout).not.toContain("\u001B");
    expect(quiet.stderr).toBe("");
  });
});
