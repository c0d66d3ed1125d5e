import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeHost } from "./capabilities.ts";
import { type HostTable, putBack, readHostTable } from "./host-table.ts";
import { CLI, finished, ROOT, scenarioFile, start, tablefull, temporaryDirectory } from "./program.ts";

const PATIENCE_MS = 20_000;
const SCENARIO = `
name: long-small-table
table: { max: 8192 }
phases:
  - load: { strategy: pool, sockets: 2, rate: 100/s, duration: 30s }
`;

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !holds(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${PATIENCE_MS / 1000} s`);
  }
}

describeHost("host-wide values", () => {
  let before: HostTable;
  let child: ChildProcess;
  let results: string;
  beforeEach(async () => {
    before = readHostTable();
    results = temporaryDirectory();
    child = start(process.execPath, [CLI, "run", scenarioFile(results, SCENARIO), "--results", results]);
    await until("the load", () => runIds(results).some((id) => fs.existsSync(path.join(results, id, "senders.ndjson"))));
    expect(readHostTable().max).toBe("8192");
  });
  afterEach(async () => {
    child.kill("SIGKILL");
    putBack(before);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)("are restored on %s, and the run is reported", async (signal) => {
    const end = finished(child);
    child.kill(signal);
    const { code, stdout } = await end;
    expect(readHostTable()).toEqual(before);
    expect(code).toBe(130);
    expect(stdout).toContain("interrupted");
  });

  test("are restored by `tablefull restore` after SIGKILL", async () => {
    await killed(child);
    expect(readHostTable().max).toBe("8192");
    const { code, stdout } = await tablefull("restore");
    expect(code).toBe(0);
    expect(stdout).toBe(`nf_conntrack_max restored to ${before.max} (changed by a killed run)\n`);
    expect(readHostTable()).toEqual(before);
    expect((await tablefull("restore")).stdout).toContain("nothing to restore");
  });

  test("are restored by the next run after SIGKILL", async () => {
    await killed(child);
    const next = await tablefull("run", scenarioFile(temporaryDirectory(), SCENARIO), "--results", results, "-l", "1");
    expect(next.stderr).toContain(`nf_conntrack_max restored to ${before.max} (changed by a killed run)`);
    expect(readHostTable()).toEqual(before);
  });

  test("are restored before a plan is made of them", async () => {
    await killed(child);
    const check = await tablefull("check", path.join(ROOT, "scenarios/kernel-defaults.yaml"));
    expect(check.stderr).toBe(`nf_conntrack_max restored to ${before.max} (changed by a killed run)\n`);
    expect(check.stdout).toContain(`max ${Number(before.max).toLocaleString("en-US")}, `);
    expect(readHostTable()).toEqual(before);
  });

  test("belong to one run at a time", async () => {
    const second = await tablefull("run", path.join(ROOT, "scenarios/small-table.yaml"), "--results", results);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`the run that changed host-wide values still goes on (pid ${child.pid})`);
    expect(readHostTable().max).toBe("8192");
  });

  test("a killed run takes its lab along and stays readable", async () => {
    const [id = ""] = runIds(results);
    await killed(child);
    await until("the end of the lab's processes", () => processesOf(child.pid ?? 0).length === 0);
    const report = await tablefull("report", path.join(results, id));
    expect(report.code).toBe(0);
    expect(report.stdout).toContain("killed");
  });
});

function runIds(results: string): string[] {
  return fs.readdirSync(results).filter((name) => name.includes("long-small-table"));
}

async function killed(child: ChildProcess): Promise<void> {
  const lab = processesOf(child.pid ?? 0);
  expect(lab.length).toBeGreaterThan(0);
  const end = finished(child);
  child.kill("SIGKILL");
  await end;
  await until("the end of the lab's processes", () => lab.every((pid) => !fs.existsSync(`/proc/${pid}`)));
}

/** Descendants of a process, by /proc. */
function processesOf(parent: number): number[] {
  const children = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === parent).map(Number);
  return [...children, ...children.flatMap(processesOf)];
}

function parentOf(pid: string): number {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return -1;
  }
}
