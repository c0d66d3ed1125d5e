import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groupsOf } from "../../src/commands/compare.ts";
import { UserError } from "../../src/errors.ts";
import { readCompared } from "../../src/run/read-compared.ts";
import { summarizeStored } from "../../src/run/summarize-stored.ts";
import { keepReference } from "../../src/store/run-directory.ts";
import { tableFullStory } from "../fixtures/runs/stories.ts";
import { storeRun } from "../fixtures/runs/story.ts";

let root = "";
const runs: string[] = [];
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-compare-"));
  for (let run = 0; run < 3; run += 1) runs.push(storeRun(root, tableFullStory()));
  fs.mkdirSync(path.join(root, "empty"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

describe("groups on the command line", () => {
  test("two runs are the baseline and the new one", () => {
    expect(groupsOf([runs[0] ?? "", runs[1] ?? ""])).toEqual([{ name: "base", directories: [runs[0]] }, { name: "new", directories: [runs[1]] }]);
  });

  test("several are told by the last of their ids", () => {
    expect(groupsOf(runs).map(({ name }) => name)).toEqual(runs.map((run) => run.slice(-4)));
  });

  test("a name stands before the runs of its group, a directory for all runs in it", () => {
    expect(groupsOf([`base=${runs[0]},${runs[1]}`, `tuned=${runs[2]}`])).toEqual([{ name: "base", directories: [runs[0], runs[1]] }, { name: "tuned", directories: [runs[2]] }]);
    const other = fs.mkdtempSync(path.join(root, "other-"));
    const run = storeRun(other, tableFullStory());
    expect(groupsOf([root, other])).toEqual([{ name: path.basename(root), directories: expect.arrayContaining(runs) }, { name: path.basename(other), directories: [run] }]);
  });

  test.each<[() => string[], string]>([
    [() => [], "compare needs two runs at least"],
    [() => [runs[0] ?? ""], "compare needs two runs at least"],
    [() => [runs[0] ?? "", "nowhere"], "nowhere is not a run: there is no such directory"],
    [() => [runs[0] ?? "", `b=${runs[1]},`], "an empty name is not a run"],
    [() => ["a=", "b="], "a= names no run; write for example tablefull compare"],
    [() => [runs[0] ?? "", path.join(root, "empty")], "is neither a run nor a directory of runs"],
    [() => [runs[0] ?? "", `${runs[0]}/`], "is named twice; a run can stand on one side only"],
    [() => [`a=${runs[0]}`, `a=${runs[1]}`], "two groups are called a; write other names before the ="],
  ])("%#", (words, message) => {
    expect(() => groupsOf(words())).toThrow(UserError);
    expect(() => groupsOf(words())).toThrow(message);
  });
});

describe("a kept run", () => {
  test("compares as the run did, without its facts and without paths", () => {
    const told = summarizeStored(runs[0] ?? "", { keep: false });
    const directory = keepReference({ root, run: told.run, scenario: "kernel-defaults", summary: told.summary });
    expect(fs.readdirSync(directory).sort()).toEqual(["run.json", "summary.json"]);
    const kept = readCompared(directory);
    expect(kept.run).toEqual({ ...told.run, scenarioFile: null, scenarioText: "" });
    expect(told.summary).toMatchObject(kept.summary);
    expect(() => summarizeStored(directory, { keep: false })).toThrow("was kept without its facts");
  });

  test("a directory with a record and nothing else is nothing to compare", () => {
    const directory = fs.mkdtempSync(path.join(root, "killed-"));
    fs.copyFileSync(path.join(runs[0] ?? "", "run.json"), path.join(directory, "run.json"));
    expect(() => readCompared(directory)).toThrow(new UserError(`${directory} has neither facts nor a summary.json that can be read: there is nothing to compare`));
  });
});
