import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { summarize } from "../../src/analysis/summarize.ts";
import { openRun } from "../../src/store/read-run.ts";
import { storeAnHour } from "../fixtures/runs/hour.ts";
import { CLI, execute, temporaryDirectory } from "./program.ts";

/** A module that each thread but the first begins with. */
const inThreads = (code: string): string => `data:text/javascript,import{isMainThread}from"node:worker_threads";if(!isMainThread){${code}}`;

test("the kernel records of a long run come to the same whether a second thread reads them, or fails to", { timeout: 60_000 }, async () => {
  const directory = storeAnHour(temporaryDirectory());
  const kernel = path.join(directory, "kernel.ndjson");
  const lines = fs.readFileSync(kernel, "utf8").split("\n");
  lines[7] = "{";
  fs.writeFileSync(kernel, lines.join("\n"));
  const report = (hook: string) => execute(process.execPath, ["--import", inThreads(hook), CLI, "report", directory, "--json"]);
  const { code, stdout, stderr } = await report('process.on("exit",(code)=>process.stderr.write("thread:"+code))');
  expect({ code, stderr }).toEqual({ code: 0, stderr: os.availableParallelism() > 1 ? "thread:0" : "" });
  const { summary } = summarize(openRun(directory));
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(summary)));
  for (const failure of ['throw new Error("lost")', "process.exit(3)"]) expect(await report(failure)).toMatchObject({ code: 0, stdout, stderr: "" });
  expect(summary.verdict.findings.find(({ kind }) => kind === "damaged-records")?.text).toContain("1 line of kernel.ndjson cannot be read, the first in line 8");
});
