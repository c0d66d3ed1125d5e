import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { summarize } from "../../src/analysis/summarize.ts";
import { openRun } from "../../src/store/read-run.ts";
import { storeAnHour } from "../fixtures/runs/hour.ts";
import { CLI, execute, temporaryDirectory } from "./program.ts";

/** Says how each thread ended, but for the first. */
const TELLS_THREADS = 'data:text/javascript,import{isMainThread}from"node:worker_threads";isMainThread||process.on("exit",(code)=>process.stderr.write("thread:"+code))';

test("the kernel records of a long run, which a second thread reads, come to what they come to in one", { timeout: 60_000 }, async () => {
  const directory = storeAnHour(temporaryDirectory());
  const kernel = path.join(directory, "kernel.ndjson");
  const lines = fs.readFileSync(kernel, "utf8").split("\n");
  lines[7] = "{";
  fs.writeFileSync(kernel, lines.join("\n"));
  const { code, stdout, stderr } = await execute(process.execPath, ["--import", TELLS_THREADS, CLI, "report", directory, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "thread:0" });
  const { summary } = summarize(openRun(directory));
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(summary)));
  expect(summary.verdict.findings.find(({ kind }) => kind === "damaged-records")?.text).toContain("1 line of kernel.ndjson cannot be read, the first in line 8");
});
