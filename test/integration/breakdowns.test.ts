import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { openRun } from "../../src/store/read-run.ts";
import type { EventRecord } from "../../src/store/event-records.ts";
import { describeHost, describeLab } from "./capabilities.ts";
import { CLI, execute, finished, ROOT, scenarioFile, start, temporaryDirectory } from "./program.ts";

const PATIENCE_MS = 20_000;

async function until<T>(what: string, find: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const found = find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
  }
}

/** A process below `ancestor` whose command line matches. */
function descendant(ancestor: number, pattern: RegExp): number | undefined {
  const parents = new Map<number, number>();
  const commands = new Map<number, string>();
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)) {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      parents.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      commands.set(pid, fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (pid: number | undefined): boolean => pid !== undefined && (pid === ancestor || below(parents.get(pid)));
  return [...commands].find(([pid, command]) => pid !== ancestor && pattern.test(command) && below(parents.get(pid)))?.[0];
}

function eventsOf(directory: string): EventRecord[] {
  const events: EventRecord[] = [];
  openRun(directory).events((event) => void events.push(event));
  return events;
}

const runsIn = (results: string): string[] => (fs.existsSync(results) ? fs.readdirSync(results) : []).map((id) => path.join(results, id));

describeLab("a server of the lab that dies", () => {
  let child: ReturnType<typeof start> | undefined;
  afterEach(() => void child?.kill("SIGKILL"));

  test.each([
    ["embedded", /^\S*node\S* \S*embedded\/main\.js/, "embedded resolver"],
    ["unbound", /^unbound -d/, "unbound"],
  ])("%s: is stored, and the run goes on to its end", async (resolver, command, server) => {
    const results = path.join(temporaryDirectory(), "results");
    const text = `name: death\nlab: { resolver: ${resolver} }\nphases:\n  - load: { rate: 100/s, duration: 3s, timeout: 200ms }\n`;
    child = start(process.execPath, [CLI, "run", scenarioFile(temporaryDirectory(), text), "--results", results, "--json", "--quiet"]);
    const end = finished(child);
    const { pid } = child;
    await until("the load", () => runsIn(results).find((directory) => fs.existsSync(path.join(directory, "senders.ndjson"))));
    process.kill(await until("the resolver", () => descendant(pid ?? 0, command)), "SIGKILL");
    expect((await end).stdout).not.toBe("");
    const [directory = ""] = runsIn(results);
    expect(openRun(directory).run.state).toBe("finished");
    const died = eventsOf(directory).filter((event) => event.type === "server-died");
    expect(died).toMatchObject([{ server, why: "ended with SIGKILL" }]);
  });

  test("one that is stopped at the end of the run has not died", async () => {
    const results = path.join(temporaryDirectory(), "results");
    const text = "name: life\nlab: { topology: pair }\nphases:\n  - rest: { duration: 100ms }\n";
    await execute(process.execPath, [CLI, "run", scenarioFile(temporaryDirectory(), text), "--results", results, "--quiet"]);
    expect(eventsOf(runsIn(results)[0] ?? "").map(({ type }) => type)).not.toContain("server-died");
  });
});

describeLab("a run that is stopped while its resolver starts, after a fill that needed none", () => {
  let child: ReturnType<typeof start> | undefined;
  afterEach(() => void child?.kill("SIGKILL"));

  test.each(["exec: { command: ['true'] }", "load: { rate: 100/s, duration: 1s }"])("begins no phase more (%s)", async (phase) => {
    const results = path.join(temporaryDirectory(), "results");
    const text = `name: stopped\nphases:\n  - fill: { occupancy: 5%, state: replied }\n  - ${phase}\n`;
    child = start(process.execPath, [CLI, "run", scenarioFile(temporaryDirectory(), text), "--results", results, "--json", "--quiet"]);
    const end = finished(child);
    const events = (): string => runsIn(results).map((directory) => path.join(directory, "events.ndjson")).filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file, "utf8")).join("");
    await until("the fill's end", () => (events().includes("phase-end") ? true : undefined));
    child.kill("SIGINT");
    await end;
    const types = eventsOf(runsIn(results)[0] ?? "").map(({ type }) => type);
    expect(types.filter((type) => type === "stopped")).toHaveLength(1);
    expect(types.slice(types.indexOf("stopped"))).not.toContain("phase-start");
  });
});

describeHost("a disk that fills up in mid-run", () => {
  test("ends the run in one line, and the stored run says so", async () => {
    const directory = temporaryDirectory();
    const [disk, kept] = ["disk", "kept"].map((name) => path.join(directory, name)) as [string, string];
    [disk, kept].forEach((name) => fs.mkdirSync(name));
    const scenario = scenarioFile(directory, "name: disk\nphases:\n  - load: { rate: 2000/s, duration: 60s }\n");
    // The small disk is seen in this mount namespace alone, and ends with it.
    const script = 'mount -t tmpfs -o size=256k tmpfs "$1"; "$3" "$4" run "$5" --results "$1" --quiet; code=$?; cp -r "$1/." "$2"; exit $code';
    const { code, stdout, stderr } = await execute("unshare", ["--mount", "sh", "-c", script, "sh", disk, kept, process.execPath, CLI, scenario]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^tablefull: cannot store the run in [^\n]+: the disk is full \(ENOSPC\)[^\n]*\n$/);
    const { run } = openRun(runsIn(kept)[0] ?? "");
    expect(run.state).toBe("failed");
    expect(run.failure).toContain("the disk is full");
  });
});

describeLab("a run that is killed while it begins", () => {
  let child: ReturnType<typeof start> | undefined;
  afterEach(() => void child?.kill("SIGKILL"));

  test.each([100, 200, 300, 500])("after %i ms leaves no process behind", { timeout: 10_000 }, async (afterMs) => {
    const results = temporaryDirectory();
    const scenario = scenarioFile(results, "name: killed\nphases:\n  - load: { rate: 10/s, duration: 60s }\n");
    child = start(process.execPath, [CLI, "run", scenario, "--quiet", "--results", path.join(results, "runs")]);
    const end = finished(child);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.kill("SIGKILL");
    // Its output is closed when the last process that has it is gone.
    expect((await end).stdout).toBe("");
  });

  // So early that the kernel does not know yet what the lab is to die with (setpriv): it sees for itself that nobody is there.
  test("before its lab listens ends the lab", { timeout: 10_000 }, async () => {
    child = spawn(process.execPath, [path.join(ROOT, "dist/run/lab-process.js")], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const ended = once(child, "exit");
    child.disconnect();
    expect(await ended).toEqual([1, null]);
  });
});
